/** A program that runs beside a browser, and that may be gone before it is stopped. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** How long a program has to end by itself. */
const GRACE_MS = 5_000;

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions} options
 * @returns {{ child: import('node:child_process').ChildProcess, failed: Promise<never>, stop: () => Promise<void> }}
 *   `failed` rejects once the program has ended, whatever ended it
 */
export function startService(command, args, options) {
  const child = spawn(command, args, options);
  const ended = once(child, 'exit').then(([status, signal]) => status ?? signal);
  const failed = ended.then((status) => {
    throw new Error(`${command} ended with ${status}`);
  });
  failed.catch(() => undefined); // ends when it is stopped, too
  return {
    child,
    failed,
    async stop() {
      child.kill();
      const insist = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
      await ended;
      clearTimeout(insist);
    },
  };
}
