/** `npm run check`: runs all checks that need no browser side by side, and prints the output of those that fail. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { buildKernels } from './build-kernels.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const CHECKS = {
  format: ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'],
  layers: ['tools/check-layers.mjs'],
  kernels: ['tools/check-kernels.mjs'],
  wgsl: ['--import', 'tsx', 'tools/check-wgsl.ts'],
  hosts: ['tools/check-hosts.mjs'],
  support: ['--import', 'tsx', 'tools/support/update.ts', '--check'],
  api: ['tools/api/update.mjs', '--check'],
  browsers: ['tools/check-browsers.mjs'],
  'types and lint': ['tools/check-types.mjs'],
};

await buildKernels(); // the types of build/kernels.js are part of the program
const started = Date.now();
const results = await Promise.all(Object.entries(CHECKS).map(([name, args]) => run(name, args)));
for (const { name, status, output } of results) {
  console.log(`${status === 0 ? '✔' : '✖'} ${name}`);
  if (status !== 0) console.log(output.trimEnd());
}
const failed = results.filter(({ status }) => status !== 0).length;
console.log(
  `${results.length - failed} checks passed, ${failed} failed in ${Math.round((Date.now() - started) / 1000)} s`,
);
process.exitCode = failed === 0 ? 0 : 1;

function run(name, args) {
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  return new Promise((done) => child.on('close', (status) => done({ name, status, output })));
}
