/** Starts a virtual display for browsers without a headless mode. */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { startService } from './service.mjs';

/**
 * Starts Xvfb on the first free display.
 * @returns {Promise<{ env: Record<string, string>, stop: () => Promise<void> }>} `env`: environment variables for the browser
 */
export async function startDisplay({ width = 1400, height = 1000 } = {}) {
  const args = ['-displayfd', '3', '-screen', '0', `${width}x${height}x24`, '-nolisten', 'tcp', '-noreset'];
  const server = startService('Xvfb', args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  const [number] = await Promise.race([once(createInterface({ input: server.child.stdio[3] }), 'line'), server.failed]);
  return { env: { DISPLAY: `:${number}` }, stop: server.stop };
}
