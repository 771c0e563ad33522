/** `npm run site`: builds the package and the site, into build/site or the folder named. With `--no-build`, dist/ is used as it is. */
import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildSite } from './site/build-site.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { 'no-build': { type: 'boolean', default: false } },
});

if (!values['no-build']) {
  const build = fileURLToPath(new URL('build.mjs', import.meta.url));
  const { status } = spawnSync(process.execPath, [build], { stdio: 'inherit' });
  if (status !== 0) process.exit(1);
}

const out = resolve(positionals[0] ?? fileURLToPath(new URL('../build/site', import.meta.url)));
buildSite(out);
const sizes = readdirSync(out, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => statSync(join(entry.parentPath, entry.name)).size);
const megabytes = sizes.reduce((sum, size) => sum + size, 0) / 1e6;
console.log(
  `${out}: ${sizes.length} files, ${megabytes.toFixed(1)} MB. Any static host can serve this folder, at any path.`,
);
