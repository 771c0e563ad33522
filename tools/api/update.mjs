/**
 * Writes the tables of the element's API into docs/api.md and demo/api.html, from the custom elements manifest.
 * With `--check`, fails if either file is out of date.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { cli } from '@custom-elements-manifest/analyzer/cli.js';
import prettier from 'prettier';
import { asHtml, asMarkdown, withRegion } from './render.mjs';
import { apiTables, errorTable } from './tables.mjs';
import { SourceTypes } from './types.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
/** Folders whose exported types may appear in the element's API. */
const FOLDERS = ['src/audio', 'src/text', 'src/protocol', 'src/client', 'src/element'];

const manifest = await cli({
  argv: ['analyze', '--quiet', '--config', 'tools/custom-elements.config.mjs'],
  cwd: root,
  noWrite: true,
});
const [element] = manifest.modules.flatMap(({ declarations }) => declarations);
const types = new SourceTypes([...FOLDERS.flatMap(sourcesIn), `${root}src/errors.ts`]);
const tables = [...apiTables(element, types), errorTable(types.records.get('REMEDIES'))];

const outdated = [];
for (const [file, content] of [
  ['docs/api.md', asMarkdown(tables)],
  ['demo/api.html', asHtml(tables)],
]) {
  const old = readFileSync(root + file, 'utf8');
  const text = withRegion(old, content, file);
  const formatted = file.endsWith('.html') ? await prettier.format(text, await optionsFor(file)) : text;
  if (formatted === old) continue;
  outdated.push(file);
  if (!process.argv.includes('--check')) writeFileSync(root + file, formatted);
}
if (process.argv.includes('--check')) {
  if (outdated.length > 0) {
    console.error(`${outdated.join(', ')}: not what the sources document; run npm run api`);
    process.exitCode = 1;
  }
} else console.log(outdated.length > 0 ? `updated ${outdated.join(', ')}` : 'up to date');

/** @param {string} folder */
function sourcesIn(folder) {
  return readdirSync(root + folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .sort()
    .map((file) => `${root}${folder}/${file}`);
}

/** @param {string} file */
async function optionsFor(file) {
  return { ...(await prettier.resolveConfig(root + file)), filepath: file };
}
