/**
 * Runs unit tests: `node tools/unit-tests.mjs [FILES]`, all of `test/unit` where none is named. There is one process per
 * core, and each runs its share of the files (`import-tests.mjs`): starting one per file took half the time of all.
 */
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
/** Files that must not share a process: other files set V8 flags that these do not expect. */
const ALONE = ['test/unit/wasm/host.test.ts'];
/** A process that has not ended by then is killed, and the run fails. */
const LIMIT_MS = 900_000;

const named = process.argv.slice(2);
const files = named.length > 0 ? named : testsOf('test/unit');
const shared = files.filter((file) => !ALONE.includes(file));
const processes = Math.min(availableParallelism(), shared.length);
// Neighbours in a folder take about the same time: dealt out in turn, the shares end at about the same time.
const shares = Array.from({ length: processes }, (_, i) => shared.filter((_, f) => f % processes === i));
const statuses = await Promise.all(shares.map(run));
for (const file of ALONE) if (files.includes(file)) statuses.push(await run([file]));
process.exitCode = statuses.every((status) => status === 0) ? 0 : 1;

function testsOf(folder) {
  const all = readdirSync(join(root, folder), { recursive: true });
  return all
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => join(folder, file))
    .sort();
}

/** Prints the output in one piece once the process has ended, and resolves with its exit status. */
function run(share) {
  const args = ['--import', 'tsx', '--test-reporter=spec', 'tools/import-tests.mjs', ...share];
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  const limit = setTimeout(() => {
    output += `\nKilled after ${LIMIT_MS / 1000} s.\n`;
    child.kill('SIGKILL');
  }, LIMIT_MS);
  return new Promise((done) => {
    child.on('close', (status) => {
      clearTimeout(limit);
      process.stdout.write(output);
      done(status);
    });
  });
}
