/** The script of a thread that helps the command line's engine. */
import { parentPort } from 'node:worker_threads';
import { help } from '../wasm/help.js';
import type { HelpMessage } from '../wasm/pool.js';

parentPort?.once('message', (message: HelpMessage) => void help(message, (reply) => parentPort?.postMessage(reply)));
