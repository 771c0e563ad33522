/** Checks that the package runs in the oldest browsers that README names: "browserslist" of package.json. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildKernels } from './build-kernels.mjs';
import { ALLOWED } from './floor/allowed.mjs';
import { bundles } from './floor/bundles.mjs';
import { featureAt, missingIn } from './floor/compat.mjs';
import { floorSentence, readFloor } from './floor/floor.mjs';
import { checkSyntax } from './floor/syntax.mjs';
import { usesOfFiles, usesOfModules, usesOfSyntax } from './floor/uses.mjs';
import { proposalsOf } from './floor/wasm.mjs';

/**
 * Uses that the oldest browsers lack and nothing allows, and allowances that nothing needs; one line each.
 *
 * @param {readonly import('./floor/uses.mjs').Use[]} uses
 * @param {readonly import('./floor/floor.mjs').OldestBrowser[]} floor
 * @param {readonly import('./floor/allowed.mjs').Allowance[]} allowed
 * @param {(file: string) => string} read the text of a file of the project
 * @returns {string[]}
 */
export function checkUses(uses, floor, allowed, read) {
  const needed = new Map(allowed.map((allowance) => [allowance, new Set()]));
  const problems = new Set();
  for (const use of uses) {
    const feature = newFeature(use, floor);
    if (!feature) continue;
    const entry = allowed.find((one) => partOf(one.feature, feature) && partOf(one.in, use.file));
    if (entry) needed.get(entry).add(partOf(entry.feature, feature)).add(partOf(entry.in, use.file));
    else
      problems.add(
        `${use.file}:${use.line}: ${feature} is newer than the oldest browsers (${listed(feature, floor)}): ${REMEDY}`,
      );
  }
  return [...problems, ...allowed.flatMap((allowance) => checkAllowance(allowance, needed.get(allowance), read))];
}

const REMEDY = 'do without it, or check for it and declare that in tools/floor/allowed.mjs';

/** The features that some browser lacks; for an untyped name, only if every feature of that name is new. */
function newFeature({ feature, candidates = [feature] }, floor) {
  const isNew = candidates.length > 0 && candidates.every((one) => missingIn(featureAt(one), floor).length > 0);
  return isNew ? candidates[0] : undefined;
}

/** Which of an allowance's patterns a feature's or a file's name is one of. */
function partOf(patterns, name) {
  return [patterns].flat().find((one) => {
    if (/[*/]$/.test(one)) return name.startsWith(one.replace(/\*$/, ''));
    return name === one;
  });
}

const listed = (feature, floor) =>
  missingIn(featureAt(feature), floor)
    .map(({ label, version, since }) => `${label} ${version}: ${since}`)
    .join(', ');

function checkAllowance({ feature, in: place, guard }, needed, read) {
  const stale = [feature, place].flat().filter((one) => !needed.has(one));
  if (stale.length > 0) {
    const where = `${[feature].flat().join(', ')} in ${[place].flat().join(', ')}`;
    return [
      `tools/floor/allowed.mjs: ${stale.join(', ')} of "${where}" is not needed any more: nothing there uses it, or all browsers have it`,
    ];
  }
  if (!guard || read(guard.in).includes(guard.text)) return [];
  return [
    `tools/floor/allowed.mjs: ${[feature].flat().join(', ')} relies on a check that is gone: ${guard.in} has no ${JSON.stringify(guard.text)}`,
  ];
}

/** README has to name the browsers that are checked. */
export function checkReadme(text, floor) {
  const sentence = floorSentence(floor);
  return text.includes(sentence)
    ? []
    : [`README.md: "browserslist" of package.json is ${JSON.stringify(sentence)}, which README does not say`];
}

async function main() {
  const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
  process.chdir(root); // the paths of rollup.config.mjs
  await buildKernels();
  const floor = readFloor();
  const built = await bundles(root);
  const pages = ['demo', 'site'].flatMap(tracked).map((file) => join(root, file));
  const modules = [
    ...built.flatMap(({ modules: files, inWorker }) => files.map((file) => ({ file, inWorker }))),
    ...pages.filter((file) => /\.js$/.test(file)).map((file) => ({ file, inWorker: /(sw|worker)\.js$/.test(file) })),
  ].filter(({ file }) => !file.startsWith(join(root, 'build/')));
  const unique = [...new Map(modules.map((one) => [`${one.file} ${one.inWorker}`, one])).values()];
  const declarations = tracked('src')
    .filter((file) => /\.d\.ts$/.test(file))
    .map((file) => join(root, file));
  const uses = [
    ...usesOfModules(root, unique, declarations),
    ...usesOfFiles(
      root,
      pages.filter((file) => /\.(html|css)$/.test(file)),
    ),
    ...built.flatMap((bundle) => usesOfSyntax(root, bundle)),
    ...['simd', 'relaxed'].flatMap((build) =>
      proposalsOf(join(root, `build/kernels.${build}.wasm`)).map((feature) => ({
        feature,
        file: `build/kernels.${build}.wasm`,
        line: 1,
      })),
    ),
  ];
  const problems = [
    ...checkSyntax(floor),
    ...checkReadme(readFileSync('README.md', 'utf8'), floor),
    ...checkUses(uses, floor, ALLOWED, (file) => readFileSync(file, 'utf8')),
  ];
  if (problems.length > 0) console.error(problems.join('\n'));
  process.exitCode = problems.length === 0 ? 0 : 1;
}

const tracked = (folder) =>
  execFileSync('git', ['ls-files', '-co', '--exclude-standard', folder], { encoding: 'utf8' })
    .split('\n')
    .filter(Boolean);

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
