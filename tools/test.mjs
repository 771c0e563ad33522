/** `npm test`: builds, runs every suite (or those named), ends with one line that adds them all up. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, stripVTControlCharacters } from 'node:util';
import { buildKernels } from './build-kernels.mjs';
import { findBrowser, findChromium } from './find-browser.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
/** Everything but what only a GPU computes: these run in every browser. */
const PAGE_TESTS = 'test/browser/!(gpu)/**/*.test.ts';
/** Tests of a software GPU that another compiler than Chromium's is worth. */
const SECOND_COMPILER = 'test/browser/gpu/{compositions,clip}.test.ts';
/**
 * Live audio beside it is processed in real time only if what computes gives way. Not by `nice`: Chromium raises the
 * priority of its own processes, but leaves their scheduling class alone.
 */
const WHEN_IDLE = ['chrt', '-i', '0'];
const canWait = spawnSync(WHEN_IDLE[0], [...WHEN_IDLE.slice(1), process.execPath, '--version']).status === 0;

/**
 * A suite prints for the reader and is counted from what it prints; `args` are those of this Node. Suites of a lane run one
 * after another, lanes side by side unless `--one-lane` is given: `compute` needs the CPU and yields it to `live`, which
 * mostly waits for live audio. Two suites with live audio at once would starve each other.
 */
const SUITES = {
  check: { lane: 'compute', args: () => ['tools/check.mjs'], count: countCheck },
  gpu: { lane: 'compute', args: () => webTestRunner('test/browser/gpu/**/*.test.ts'), count: countWebTestRunner },
  long: { lane: 'compute', args: () => nodeTest('test/e2e', 1, (file) => LONG.includes(file)), count: countNodeTest },
  unit: { lane: 'compute', args: () => nodeTest('test/unit', availableParallelism()), count: countNodeTest },
  browser: { lane: 'live', args: () => webTestRunner(PAGE_TESTS), count: countWebTestRunner },
  e2e: { lane: 'live', args: () => nodeTest('test/e2e', 1, (file) => !LONG.includes(file)), count: countNodeTest },
  package: { lane: 'live', args: () => nodeTest('test/package', 1), count: countNodeTest },
  'chromium-e2e': { lane: 'live', ...endToEnd('chromium') },
  'firefox-page': { lane: 'live', ...pageTests('firefox') },
  'firefox-gpu': { lane: 'live', ...pageTests('firefox-gpu', SECOND_COMPILER) },
  'firefox-e2e': { lane: 'live', ...endToEnd('firefox') },
  'webkit-page': { lane: 'live', ...pageTests('webkit') },
  'webkit-e2e': { lane: 'live', ...endToEnd('webkit') },
};
/** `npm test -- firefox` is all its suites. */
const GROUPS = {
  firefox: Object.keys(SUITES).filter((name) => name.startsWith('firefox-')),
  webkit: Object.keys(SUITES).filter((name) => name.startsWith('webkit-')),
};
/** End-to-end tests that hear recordings, many of them, as fast as they can. */
const LONG = ['bench-gpu.test.ts', 'gpu-memory.test.ts', 'hour.test.ts'];
const NEEDS_DIST = ['long', 'e2e', 'package', 'chromium-e2e', 'firefox-e2e', 'webkit-e2e'];
const NEEDS_CHROMIUM = ['gpu', 'browser', 'long', 'e2e', 'package', 'chromium-e2e'];

const { values: options, positionals: asked } = parseArgs({
  allowPositionals: true,
  options: { 'one-lane': { type: 'boolean', default: false } },
});
const all = [...Object.keys(SUITES), ...Object.keys(GROUPS)];
const unknown = asked.filter((name) => !all.includes(name));
if (unknown.length > 0) stop(`There is no suite called ${unknown.join(', ')}: ${all.join(', ')}.`);
const names =
  asked.length > 0
    ? asked.flatMap((name) => GROUPS[name] ?? [name])
    : await availableSuites(Object.keys(SUITES).filter((name) => name !== 'check'));

await buildKernels(); // before two test files do it at the same time
const env = { ...process.env };
if (names.some((name) => NEEDS_CHROMIUM.includes(name))) {
  env.CHROMIUM_PATH = await findChromium({ install: true }).catch((error) => stop(error.message));
}
if (names.some((name) => NEEDS_DIST.includes(name))) {
  const { status } = await run(['tools/build.mjs']);
  if (status !== 0) stop('The build failed.');
}

const total = { passed: 0, failed: 0 };
const lanes = new Map();
for (const name of names) {
  const lane = options['one-lane'] ? 'all' : SUITES[name].lane;
  lanes.set(lane, [...(lanes.get(lane) ?? []), name]);
}
await Promise.all([...lanes.values()].map(runLane));
finish();

async function runLane(suites) {
  for (const name of suites) {
    const { passed, failed } = await runSuite(name);
    total.passed += passed;
    total.failed += failed;
  }
}

/** Runs a suite and prints its output: as it comes where nothing runs beside it, else in one piece at the end. */
async function runSuite(name) {
  const { lane, args, count, browser } = SUITES[name];
  const started = Date.now();
  const isAlone = lanes.size === 1;
  console.log(isAlone ? `\n── ${name}` : `── ${name} starts`);
  const how = { more: browser && { BROWSER: browser }, isAlone, isIdle: canWait && !isAlone && lane === 'compute' };
  const { status, output, shown } = await run(args(), how);
  if (!isAlone) console.log(`\n── ${name}\n${shown}`);
  let result = count(output, status);
  const frozen = count === countWebTestRunner ? frozenFiles(output) : [];
  if (frozen.length > 0 && result.failed === 0) result = await again(frozen, result, how);
  // A crash before the first test, or no tests at all, must not look like success.
  if (result.failed === 0 && ((status !== 0 && !result.thawed) || result.passed === 0)) result.failed = 1;
  const seconds = Math.round((Date.now() - started) / 1000);
  console.log(`── ${name}: ${result.passed} passed, ${result.failed} failed in ${seconds} s`);
  return result;
}

/**
 * Leaves out, and names, the suites of a browser that is not here and cannot be installed, as on a system without
 * packages of it. A suite that is asked for by name fails instead; CI asks for all of them.
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

/** Node 20 expands no globs. */
function nodeTest(folder, concurrency, belongs = () => true) {
  const path = join(root, folder);
  const files = existsSync(path) ? readdirSync(path, { recursive: true }) : [];
  const tests = files.filter((file) => file.endsWith('.test.ts') && belongs(file)).map((file) => join(folder, file));
  if (tests.length === 0) return ['--eval', `throw new Error('no test files in ${folder}')`];
  const options = [
    '--test-reporter=spec',
    '--test-timeout=600000', // a file that never ends fails by then: a run must tell, whatever happens
    `--test-concurrency=${concurrency}`,
  ];
  return ['--import', 'tsx', '--test', ...options, ...tests.sort()];
}

function webTestRunner(files) {
  return ['node_modules/@web/test-runner/dist/bin.js', '--files', files];
}

/** What works with the built package in a browser. */
function endToEnd(browser) {
  return { args: () => nodeTest('test/browsers', 1), count: countNodeTest, browser };
}

function pageTests(browser, files = PAGE_TESTS) {
  return { args: () => webTestRunner(files), count: countWebTestRunner, browser };
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

/**
 * Files whose page never answered any more, where nothing else went wrong: no test failed, the browser stood still. Chromium
 * does, now and then, when its GPU process has died.
 */
function frozenFiles(output) {
  const troubles = [...stripVTControlCharacters(output).matchAll(/^(test\/\S+\.test\.ts):\s+(❌.*|𐄂.*)/gm)];
  const isFrozen = troubles.every(([, , what]) => what.startsWith('❌ Browser tests did not finish within'));
  return isFrozen ? [...new Set(troubles.map(([, file]) => file))] : [];
}

/** Runs them once more, in a browser of their own. Who freezes twice fails. */
async function again(files, { passed }, options) {
  console.log(`\nThe browser stood still in ${files.join(', ')}: once more.`);
  const { status, output, shown } = await run(
    webTestRunner(files.length > 1 ? `{${files.join(',')}}` : files[0]),
    options,
  );
  if (!options.isAlone) console.log(shown);
  const second = countWebTestRunner(output);
  return { passed: passed + second.passed, failed: second.failed, thawed: status === 0 };
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
  return new Promise((done) => child.on('close', (status) => done({ status, output, shown })));
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
