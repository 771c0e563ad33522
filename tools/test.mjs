/** `npm test`: builds, runs every suite (or those named), ends with one line that adds them all up. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findChromium } from './find-chromium.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/** A suite prints for the reader and is counted from what it prints. `script` is run by this very Node. */
const SUITES = {
  check: () => ({ args: ['tools/check.mjs'], count: countCheck }),
  unit: () => ({ args: nodeTest('test/unit'), count: countNodeTest }),
  browser: () => ({ args: ['node_modules/@web/test-runner/dist/bin.js'], count: countWebTestRunner }),
  e2e: () => ({ args: nodeTest('test/e2e', '--test-concurrency=1'), count: countNodeTest }),
  package: () => ({ args: nodeTest('test/package', '--test-concurrency=1'), count: countNodeTest }),
};
const NEEDS_DIST = ['e2e', 'package'];
const NEEDS_CHROMIUM = ['browser', 'e2e', 'package'];

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in SUITES));
if (unknown.length > 0) stop(`There is no suite called ${unknown.join(', ')}: ${Object.keys(SUITES).join(', ')}.`);
const names = asked.length > 0 ? asked : Object.keys(SUITES).filter((name) => name !== 'check');

const env = { ...process.env };
if (names.some((name) => NEEDS_CHROMIUM.includes(name))) {
  env.CHROMIUM_PATH = await findChromium({ install: true }).catch((error) => stop(error.message));
}
if (names.some((name) => NEEDS_DIST.includes(name))) {
  const { status } = await run(['tools/build.mjs']);
  if (status !== 0) stop('The build failed.');
}

const total = { passed: 0, failed: 0 };
for (const name of names) {
  console.log(`\n── ${name}`);
  const { args, count } = SUITES[name]();
  const { status, output } = await run(args);
  const result = count(output, status);
  // A crash before the first test, or no tests at all, must not look like success.
  if (result.failed === 0 && (status !== 0 || result.passed === 0)) result.failed = 1;
  console.log(`── ${name}: ${result.passed} passed, ${result.failed} failed`);
  total.passed += result.passed;
  total.failed += result.failed;
}
finish();

/** Node 20 expands no globs. */
function nodeTest(folder, ...options) {
  const path = join(root, folder);
  const files = existsSync(path) ? readdirSync(path, { recursive: true }) : [];
  const tests = files.filter((file) => file.endsWith('.test.ts')).map((file) => join(folder, file));
  if (tests.length === 0) return ['--eval', `throw new Error('no test files in ${folder}')`];
  // A file that never ends fails by then: a run must tell, whatever happens.
  const patience = '--test-timeout=600000';
  return ['--import', 'tsx', '--test', '--test-reporter=spec', patience, ...options, ...tests.sort()];
}

function countNodeTest(output) {
  const number = (what) => Number(new RegExp(`^ℹ ${what} (\\d+)`, 'm').exec(output)?.[1] ?? 0);
  // A skipped test proves nothing, so it does not pass.
  return { passed: number('pass'), failed: number('fail') + number('cancelled') + number('skipped') + number('todo') };
}

function countWebTestRunner(output) {
  const summary = [...output.matchAll(/(\d+) passed, (\d+) failed(?:, (\d+) skipped)?/g)].at(-1);
  if (summary === undefined) return { passed: 0, failed: 0 };
  return { passed: Number(summary[1]), failed: Number(summary[2]) + Number(summary[3] ?? 0) };
}

function countCheck(output, status) {
  return status === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

function run(args) {
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text;
    process.stdout.write(text);
  });
  return new Promise((done) => child.on('close', (status) => done({ status, output })));
}

function stop(reason) {
  console.error(reason);
  console.log('0 passed, 1 failed');
  process.exit(1);
}

function finish() {
  console.log(`\n${total.passed} passed, ${total.failed} failed`);
  process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;
}
