/** `npm test`: builds, runs all suites or those named, and ends with one line that sums them up. */
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, stripVTControlCharacters } from 'node:util';
import { buildKernels } from './build-kernels.mjs';
import { findBrowser, findChromium } from './find-browser.mjs';
import { findParallel } from './find-parallel.mjs';
import { quickChecks } from './quick.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
/** Page tests that need no GPU: these run in every browser. */
const PAGE_TESTS = 'test/browser/!(gpu)/**/*.test.ts';
/** GPU tests that are repeated in Firefox, whose shader compiler is another than Chromium's. */
const SECOND_COMPILER = 'test/browser/gpu/{compositions,clip}.test.ts';
/** A suite that has not ended by then is killed and fails. */
const LIMIT_MS = 1_800_000;
/**
 * Runs a command only on CPU time that nothing else wants, so that tests beside it process live audio in real time. `nice`
 * does not do: Chromium raises the priority of its processes, but does not touch their scheduling class.
 */
const WHEN_IDLE = ['chrt', '-i', '0'];
const hasIdleClass = spawnSync(WHEN_IDLE[0], [...WHEN_IDLE.slice(1), process.execPath, '--version']).status === 0;

/**
 * Each suite prints its results, and is counted from what it prints; `args` are arguments of Node. The suites of a queue run
 * one after another, and the queues run side by side unless `--serial` is given. `compute` gets the CPU time that the others
 * leave: they mostly wait for live audio. No two browsers share a microphone.
 */
const SUITES = {
  check: { queue: 'compute', args: () => ['tools/check.mjs'], count: countCheck },
  gpu: { queue: 'compute', args: () => webTestRunner('test/browser/gpu/**/*.test.ts'), count: countWebTestRunner },
  long: { queue: 'compute', args: () => nodeTest('test/e2e', (file) => LONG.includes(file)), count: countNodeTest },
  unit: { queue: 'compute', args: () => ['tools/unit-tests.mjs'], count: countNodeTest },
  package: { queue: 'others', args: () => oneProcess('test/package'), count: countNodeTest },
  browser: { queue: 'chromium', args: () => webTestRunner(PAGE_TESTS), count: countWebTestRunner },
  e2e: { queue: 'chromium', args: () => oneProcess('test/e2e', (file) => !LONG.includes(file)), count: countNodeTest },
  'chromium-e2e': { queue: 'chromium', ...endToEnd('chromium') },
  'firefox-page': { queue: 'others', ...pageTests('firefox') },
  'firefox-gpu': { queue: 'others', ...pageTests('firefox-gpu', SECOND_COMPILER) },
  'firefox-e2e': { queue: 'others', ...endToEnd('firefox') },
  'webkit-page': { queue: 'others', ...pageTests('webkit') },
  'webkit-e2e': { queue: 'others', ...endToEnd('webkit') },
};
/** `npm test -- firefox` runs all suites of Firefox. */
const GROUPS = {
  firefox: Object.keys(SUITES).filter((name) => name.startsWith('firefox-')),
  webkit: Object.keys(SUITES).filter((name) => name.startsWith('webkit-')),
};
/** End-to-end tests that transcribe many recordings as fast as they can. */
const LONG = ['bench-gpu.test.ts', 'gpu-memory.test.ts', 'long-recording.test.ts'];
const NEEDS_DIST = ['long', 'e2e', 'package', 'chromium-e2e', 'firefox-e2e', 'webkit-e2e'];
const NEEDS_CHROMIUM = ['gpu', 'browser', 'long', 'e2e', 'package', 'chromium-e2e'];

const { values: options, positionals: asked } = parseArgs({
  allowPositionals: true,
  options: {
    serial: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
  },
});
const all = [...Object.keys(SUITES), ...Object.keys(GROUPS)];
const unknown = asked.filter((name) => !all.includes(name));
if (unknown.length > 0) stop(`There is no suite called ${unknown.join(', ')}: ${all.join(', ')}.`);

const total = { passed: 0, failed: 0 };
await buildKernels(); // before two test files build them at the same time
if (options.quick) {
  Object.assign(total, await quickChecks());
  finish();
  process.exit();
}

const names =
  asked.length > 0
    ? asked.flatMap((name) => GROUPS[name] ?? [name])
    : await availableSuites(Object.keys(SUITES).filter((name) => name !== 'check'));

const env = { ...process.env };
if (names.some((name) => NEEDS_CHROMIUM.includes(name))) {
  env.CHROMIUM_PATH = await findChromium({ install: true }).catch((error) => stop(error.message));
}
if (names.includes('unit')) {
  try {
    findParallel({ install: true });
  } catch (error) {
    console.log(error.message); // the tests that need it fail, the others run
  }
}
if (names.some((name) => NEEDS_DIST.includes(name))) {
  const { status } = await run(['tools/build.mjs']);
  if (status !== 0) stop('The build failed.');
}

const queues = new Map();
for (const name of names) {
  const queue = options.serial ? 'all' : SUITES[name].queue;
  queues.set(queue, [...(queues.get(queue) ?? []), name]);
}
await Promise.all([...queues.values()].map(runQueue));
finish();

async function runQueue(suites) {
  for (const name of suites) {
    const { passed, failed } = await runSuite(name);
    total.passed += passed;
    total.failed += failed;
  }
}

/** Runs a suite and prints its output: at once if it runs alone, else in one piece at the end. */
async function runSuite(name) {
  const { queue, args, count, browser } = SUITES[name];
  const started = Date.now();
  const isAlone = queues.size === 1;
  console.log(isAlone ? `\n── ${name}` : `── ${name} starts`);
  const how = {
    more: browser && { BROWSER: browser },
    isAlone,
    isIdle: hasIdleClass && !isAlone && queue === 'compute',
  };
  const { status, output, shown } = await run(args(), how);
  if (!isAlone) console.log(`\n── ${name}\n${shown}`);
  let result = count(output, status);
  const frozen = count === countWebTestRunner ? frozenFiles(output) : [];
  if (frozen.length > 0 && result.failed === 0) result = await rerun(frozen, result, how);
  // A crash before the first test, or no test at all, is a failure.
  if (result.failed === 0 && ((status !== 0 && !result.recovered) || result.passed === 0)) result.failed = 1;
  const seconds = Math.round((Date.now() - started) / 1000);
  console.log(`── ${name}: ${result.passed} passed, ${result.failed} failed in ${seconds} s`);
  return result;
}

/**
 * Leaves out the suites of a browser that is neither found nor can be installed, and says so. A suite that is asked for by
 * name fails instead; CI asks for all of them.
 */
async function availableSuites(suites) {
  const missing = new Set();
  for (const [name, group] of Object.entries(GROUPS)) {
    await findBrowser(name, { install: true }).catch((error) => {
      console.log(`${name}: not tested. ${error.message}`);
      for (const suite of group) missing.add(suite);
    });
  }
  return suites.filter((suite) => !missing.has(suite));
}

/** Runs the test files of a folder one after another, each in a process. */
function nodeTest(folder, belongs) {
  // A file that never ends fails.
  const options = ['--test-reporter=spec', '--test-timeout=600000', '--test-concurrency=1'];
  return ['--import', 'tsx', '--test', ...options, ...testsOf(folder, belongs)];
}

/** Runs the test files of a folder in one process, with one Chromium (`test/e2e/site.ts`). */
function oneProcess(folder, belongs) {
  const options = ['--import', 'tsx', '--test-reporter=spec'];
  return [...options, 'tools/import-tests.mjs', '--with', 'test/e2e/site.ts', ...testsOf(folder, belongs)];
}

/** Node 20 expands no globs. */
function testsOf(folder, belongs = () => true) {
  const files = readdirSync(join(root, folder), { recursive: true });
  const tests = files.filter((file) => file.endsWith('.test.ts') && belongs(file)).map((file) => join(folder, file));
  if (tests.length === 0) throw new Error(`no test files in ${folder}`);
  return tests.sort();
}

function webTestRunner(files) {
  return ['node_modules/@web/test-runner/dist/bin.js', '--files', files];
}

/** End-to-end tests that run in every browser, with the built package. */
function endToEnd(browser) {
  return { args: () => nodeTest('test/browsers'), count: countNodeTest, browser };
}

function pageTests(browser, files = PAGE_TESTS) {
  return { args: () => webTestRunner(files), count: countWebTestRunner, browser };
}

/** Sums up the summaries of all processes of a suite. */
function countNodeTest(output) {
  const number = (what) =>
    [...output.matchAll(new RegExp(`^ℹ ${what} (\\d+)`, 'gm'))].reduce((sum, [, count]) => sum + Number(count), 0);
  // A skipped test proves nothing, so it counts as failed.
  return { passed: number('pass'), failed: number('fail') + number('cancelled') + number('skipped') + number('todo') };
}

function countWebTestRunner(output) {
  const summary = [...output.matchAll(/(\d+) passed, (\d+) failed(?:, (\d+) skipped)?/g)].at(-1);
  if (summary === undefined) return { passed: 0, failed: 0 };
  return { passed: Number(summary[1]), failed: Number(summary[2]) + Number(summary[3] ?? 0) };
}

/**
 * Test files whose page stopped answering, if nothing else went wrong. Chromium sometimes freezes when its GPU process has
 * died.
 */
function frozenFiles(output) {
  const troubles = [...stripVTControlCharacters(output).matchAll(/^(test\/\S+\.test\.ts):\s+(❌.*|𐄂.*)/gm)];
  const isFrozen = troubles.every(([, , what]) => what.startsWith('❌ Browser tests did not finish within'));
  return isFrozen ? [...new Set(troubles.map(([, file]) => file))] : [];
}

/** Runs the files once more, in a new browser. A file that freezes twice fails. */
async function rerun(files, { passed }, options) {
  console.log(`\nThe browser froze in ${files.join(', ')}. Running once more.`);
  const { status, output, shown } = await run(
    webTestRunner(files.length > 1 ? `{${files.join(',')}}` : files[0]),
    options,
  );
  if (!options.isAlone) console.log(shown);
  const second = countWebTestRunner(output);
  return { passed: passed + second.passed, failed: second.failed, recovered: status === 0 };
}

function countCheck(output, status) {
  return status === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

function run(args, { more = {}, isAlone = true, isIdle = false } = {}) {
  const command = [...(isIdle ? WHEN_IDLE : []), process.execPath, ...args];
  const child = spawn(command[0], command.slice(1), {
    cwd: root,
    env: { ...env, ...more },
    stdio: ['ignore', 'pipe', isAlone ? 'inherit' : 'pipe'],
  });
  let output = '';
  let shown = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text;
    shown += text;
    if (isAlone) process.stdout.write(text);
  });
  child.stderr?.setEncoding('utf8').on('data', (text) => (shown += text));
  const limit = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
  return new Promise((done) => {
    child.on('close', (status) => {
      clearTimeout(limit);
      done({ status, output, shown });
    });
  });
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
