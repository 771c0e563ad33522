/**
 * `npm run support`: writes the results of the last `npm test -- chromium-e2e firefox webkit` into docs/support.json and
 * README. With `--check`, fails if README's table differs from docs/support.json.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { BROWSERS, withTable, type BrowserResults, type Support } from './table.js';

const path = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const readJson = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));

const readme = readFileSync(path('README.md'), 'utf8');
const kept = readJson(path('docs/support.json')) as Support;

if (process.argv.includes('--check')) {
  if (withTable(readme, kept) !== readme) {
    console.error('README.md: the support table differs from docs/support.json; run npm run support');
    process.exitCode = 1;
  }
} else {
  const measured = Object.keys(BROWSERS).flatMap((name) => {
    const file = path(`build/support/${name}.json`);
    return existsSync(file) ? [[name, readJson(file) as BrowserResults] as const] : [];
  });
  const support = { ...kept, ...Object.fromEntries(measured) };
  writeFileSync(path('docs/support.json'), `${JSON.stringify(support, null, 2)}\n`);
  writeFileSync(path('README.md'), withTable(readme, support));
  console.log(`docs/support.json and README.md: ${measured.map(([name]) => name).join(', ') || 'no new results'}`);
}
