/**
 * Writes the tables of the element's API into docs/api.md, from the custom elements manifest. With `--check`, fails if it is
 * out of date.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { cli } from '@custom-elements-manifest/analyzer/cli.js';
import { asMarkdown, withRegion } from './render.mjs';
import { apiTables, errorTable } from './tables.mjs';
import { apiTypes } from './types.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const manifest = await cli({
  argv: ['analyze', '--quiet', '--config', 'tools/custom-elements.config.mjs'],
  cwd: root,
  noWrite: true,
});
const [element] = manifest.modules.flatMap(({ declarations }) => declarations);
const types = apiTypes(root);
const tables = [...apiTables(element, types), errorTable(types.records.get('REMEDIES'))];

const FILE = 'docs/api.md';
const old = readFileSync(root + FILE, 'utf8');
const text = withRegion(old, asMarkdown(tables), FILE);
if (process.argv.includes('--check')) {
  if (text !== old) {
    console.error(`${FILE}: not what the sources document; run npm run api`);
    process.exitCode = 1;
  }
} else {
  writeFileSync(root + FILE, text);
  console.log(text === old ? 'up to date' : `updated ${FILE}`);
}
