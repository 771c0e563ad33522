/**
 * `npm test -- --quick`: checks the current change. Format and lint of the changed files, types, layers, and the unit tests that
 * import a changed file directly or through one other module. What changed is what differs from the last commit.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
/** Imports between a test and a changed file, at most. */
const REACH = 2;
/** A change of a kernel counts as one of the module that loads the built kernels. */
const LOADERS = [
  ['kernels/wasm/', 'src/wasm/host.ts'],
  ['kernels/wgsl/', 'src/gpu/kernels.ts'],
];

/** Runs the checks one after another, and resolves with how many passed and failed. */
export async function quickChecks() {
  const changed = changedFiles();
  const scripts = changed.filter((file) => /\.(ts|mjs|js)$/.test(file) && !/^(build|dist|kernels\/wasm)\//.test(file));
  const tests = await testsFor(changed);
  const checks = {
    format: ['node_modules/prettier/bin/prettier.cjs', '--check', '--ignore-unknown', ...changed],
    layers: ['tools/check-layers.mjs'],
    'types and lint': ['tools/check-types.mjs', '--only', ...scripts],
    [`${tests.length} files of unit tests`]: ['tools/unit-tests.mjs', ...tests],
  };
  const total = { passed: 0, failed: 0 };
  for (const [name, args] of Object.entries(checks)) {
    if (name === 'format' && changed.length === 0) continue;
    if (args[0] === 'tools/unit-tests.mjs' && tests.length === 0) continue;
    console.log(`\n── ${name}`);
    const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
    total[status === 0 ? 'passed' : 'failed']++;
  }
  return total;
}

/** Files that differ from the last commit and still exist, relative to the root. */
function changedFiles() {
  const git = (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).split('\n').filter(Boolean);
  const files = [...git('diff', '--name-only', 'HEAD'), ...git('ls-files', '--others', '--exclude-standard')];
  return files.filter((file) => existsSync(join(root, file)));
}

/** The unit tests within `REACH` imports of a changed file. */
async function testsFor(changed) {
  const all = readdirSync(join(root, 'test/unit'), { recursive: true })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => join('test/unit', file));
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: all,
    bundle: true,
    write: false,
    metafile: true,
    outdir: 'out',
    format: 'esm',
    platform: 'node',
    packages: 'external',
    logLevel: 'error',
  });
  const importsOf = (file) => metafile.inputs[file]?.imports.map(({ path }) => path) ?? [];
  const wanted = new Set(changed.map((file) => LOADERS.find(([source]) => file.startsWith(source))?.[1] ?? file));
  return all.filter((test) => {
    let reached = [test];
    for (let steps = 0; steps <= REACH; steps++) {
      if (reached.some((file) => wanted.has(file))) return true;
      reached = reached.flatMap(importsOf);
    }
    return false;
  });
}
