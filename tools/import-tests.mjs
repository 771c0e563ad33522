/**
 * Runs test files in one process, so that shared modules are loaded and compiled once:
 * `node --import tsx --test-reporter=spec tools/import-tests.mjs [--with MODULE] FILES`. Each file is a suite named by its
 * path. `--with` imports a module first, so that its hooks belong to the whole run and not to the first file that imports it.
 */
import { describe } from 'node:test';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

/** Of a file that waits without end. The process that starts this one kills it if it computes without end. */
const LIMIT_MS = 600_000;

const { values, positionals } = parseArgs({ allowPositionals: true, options: { with: { type: 'string' } } });
const load = (file) => import(pathToFileURL(resolve(file)).href);

if (values.with !== undefined) await load(values.with);
for (const file of positionals) {
  describe(file, { timeout: LIMIT_MS }, async () => {
    await load(file);
  });
}
