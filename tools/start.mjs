/** `npm start`: builds the site, serves it on localhost, prints its address, opens the browser if there is one. */
import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startServer } from './static-server.mjs';
import { buildSite } from './site/build-site.mjs';

const SITE = fileURLToPath(new URL('../build/site/', import.meta.url));
const FIRST_PORT = 8000;
const PORTS_TRIED = 50;

const { values } = parseArgs({
  options: {
    'no-open': { type: 'boolean', default: false },
    'no-build': { type: 'boolean', default: false },
    port: { type: 'string', default: String(FIRST_PORT) },
  },
});

if (!values['no-build']) {
  const { status } = spawnSync(process.execPath, [fileURLToPath(new URL('build.mjs', import.meta.url))], {
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(1);
}

buildSite(SITE);
const server = await startServer({ mounts: { '/': SITE }, port: Number(values.port), tries: PORTS_TRIED });
console.log(`<kyutai-stt>: ${server.url}/   (Ctrl+C stops it)`);
if (!values['no-open']) openBrowser(`${server.url}/`);

/** A convenience only: where it cannot work, the address is already on the screen. */
function openBrowser(url) {
  const command = { darwin: ['open', url], win32: ['cmd', '/c', 'start', '', url] }[process.platform] ?? [
    'xdg-open',
    url,
  ];
  const hasScreen = process.platform !== 'linux' || process.env.DISPLAY || process.env.WAYLAND_DISPLAY;
  if (!hasScreen || process.env.CI) return;
  const child = spawn(command[0], command.slice(1), { stdio: 'ignore', detached: true });
  child.on('error', () => console.log('Open the address above in a browser.'));
  child.unref();
}
