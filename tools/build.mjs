/** Builds dist/: kernels, bundles, types, the element's manifest, editor data. */
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildKernels } from './build-kernels.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

rmSync(join(root, 'dist'), { recursive: true, force: true });
await buildKernels();
const ended = await Promise.all([
  run('node_modules/rollup/dist/bin/rollup', '-c', '--silent'),
  run('node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'),
  run(
    'node_modules/@custom-elements-manifest/analyzer/cem.js',
    'analyze',
    '--quiet',
    '--config',
    'tools/custom-elements.config.mjs',
  ),
]);
if (ended.every((status) => status === 0)) ended.push(await run('tools/api/editor-data.mjs'));
process.exitCode = ended.every((status) => status === 0) ? 0 : 1;

function run(script, ...args) {
  const child = spawn(process.execPath, [join(root, script), ...args], { cwd: root, stdio: 'inherit' });
  return new Promise((done) => child.on('close', done));
}
