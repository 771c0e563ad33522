/** The script of a helper thread of the command line's engine. */
import { parentPort } from 'node:worker_threads';
import { runHelper } from '../wasm/helper-thread.js';
import type { HelpMessage } from '../wasm/pool.js';

parentPort?.once(
  'message',
  (message: HelpMessage) => void runHelper(message, (reply) => parentPort?.postMessage(reply)),
);
