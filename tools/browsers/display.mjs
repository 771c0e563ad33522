/** A screen in memory, for browsers without a headless mode. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/**
 * Starts Xvfb on the first free display.
 * @returns {Promise<{ env: Record<string, string>, stop: () => Promise<void> }>} `env`: what a browser needs to find it
 */
export async function startDisplay({ width = 1400, height = 1000 } = {}) {
  const server = spawn(
    'Xvfb',
    ['-displayfd', '3', '-screen', '0', `${width}x${height}x24`, '-nolisten', 'tcp', '-noreset'],
    { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] },
  );
  const failed = once(server, 'exit').then(([status]) => {
    throw new Error(`Xvfb ended with status ${status} before it had a display`);
  });
  failed.catch(() => undefined); // it also ends when it is stopped
  const [number] = await Promise.race([once(createInterface({ input: server.stdio[3] }), 'line'), failed]);
  return {
    env: { DISPLAY: `:${number}` },
    async stop() {
      server.kill();
      await once(server, 'exit');
    },
  };
}
