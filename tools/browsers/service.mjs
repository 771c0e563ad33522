/** Starts and stops a program that a browser needs beside it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Time for a program to end after SIGTERM; then it is killed. */
const GRACE_MS = 5_000;

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions} options
 * @returns {{ child: import('node:child_process').ChildProcess, failed: Promise<never>, stop: () => Promise<void> }}
 *   `failed` rejects when the program ends, for whatever reason
 */
export function startService(command, args, options) {
  const child = spawn(command, args, options);
  const ended = once(child, 'exit').then(([status, signal]) => status ?? signal);
  const failed = ended.then((status) => {
    throw new Error(`${command} ended with ${status}`);
  });
  failed.catch(() => undefined); // also rejects after `stop`
  return {
    child,
    failed,
    async stop() {
      child.kill();
      const killing = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
      await ended;
      clearTimeout(killing);
    },
  };
}
