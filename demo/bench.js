/** The benchmark page: the form and the results. */
import { barChart, keepDrawn, lineChart, NAMES } from './bench-charts.js';
import { measure } from './bench-run.js';
import { FRAME_MS, samplesOf } from './bench-sources.js';
import { windowOf } from './bench-window.js';

const DEMO_MODEL = '../dist/models/demo-en_fr-q4_0.gguf';
const SPEECH = 'clips/en_human_goforward.wav';
/** The published model's window, used if a file does not state its own. */
const USUAL_WINDOW = 750;

const $ = (id) => document.getElementById(id);
const results = $('results');

let controller;
let disconnects = [];

function chooseModel() {
  // The text field exists only when it is needed: browsers send text fields to autofill services.
  const field = $('model').value === 'url' ? $('by-address').content.cloneNode(true) : '';
  $('address').replaceChildren(field);
}
$('model').addEventListener('change', chooseModel);
chooseModel();

if (!navigator.gpu) {
  $('webgpu').disabled = true;
  $('no-gpu').hidden = false;
}

$('stop').addEventListener('click', () => controller?.abort());
$('form').addEventListener('submit', (event) => {
  event.preventDefault();
  void run();
});

async function run() {
  const backends = ['wasm', 'webgpu'].filter((backend) => $(backend).checked);
  $('problem').hidden = true;
  if (backends.length === 0) return fail('Choose the CPU, the GPU, or both.');
  controller = new AbortController();
  busy(true);
  const measured = [];
  try {
    const what = await whatToMeasure();
    for (const backend of backends) {
      const report = (step, share) => progress(`${NAMES[backend]}: ${step}`, share);
      measured.push(await measure({ ...what, backend }, report, controller.signal));
    }
    progress('Done', 1);
  } catch (error) {
    if (error.name === 'AbortError') progress('Stopped', 0);
    else {
      progress('', 0);
      fail(`${error.message} ${error.remedy ?? ''}`);
      if (error.name !== 'SttError') console.error(error);
    }
  }
  busy(false);
  if (measured.length > 0) show(measured);
}

async function whatToMeasure() {
  const byAddress = $('model').value === 'url';
  const url = new URL(byAddress ? $('url').value.trim() : DEMO_MODEL, document.baseURI);
  const [window, samples] = await Promise.all([windowOf(url), samplesOf(SPEECH)]);
  return {
    model: byAddress ? url.href : 'demo',
    samples,
    frames: Number($('frames').value),
    window: window ?? USUAL_WINDOW,
  };
}

function busy(is) {
  $('choices').disabled = $('measure').disabled = is;
  $('stop').disabled = !is;
  $('progress').hidden = !is;
}

let shown = '';
function progress(step, share) {
  $('progress').value = share;
  // A live region is announced: once per step, not per frame.
  if (step !== shown) $('status').textContent = shown = step;
}

function fail(message) {
  $('problem').textContent = message;
  $('problem').hidden = false;
}

/** Rows of a table: a title, and the cell for each result. */
const TIMES = [
  ['Audio codec, mean', ({ mimi }) => ms(mimi)],
  ['Language model at the start, mean', ({ lmEmpty }) => ms(lmEmpty)],
  ['Language model with a full window', ({ lmFull }) => ms(lmFull)],
  ['Everything at the start, median', ({ pathEmpty }) => ms(pathEmpty.p50)],
  ['Everything with a full window, median', ({ path }) => ms(path.p50)],
  ['Everything: 95 % of frames take at most', ({ path }) => ms(path.p95)],
  ['Everything: 99 % of frames take at most', ({ path }) => ms(path.p99)],
  ['Everything: slowest frame', ({ path }) => ms(path.max)],
  ['One stream, to compare with the next row', ({ sessions }) => ms(sessions.oneMs)],
  ['Two streams at once, one frame of each', ({ sessions }) => ms(sessions.twoMs)],
];

const FACTS = [
  ['Real-time factor (below 1 keeps up with speech)', ({ rtf }) => rtf.toFixed(3)],
  ['Two streams take', ({ sessions }) => `${sessions.ratio.toFixed(2)} times as long as one`],
  [
    'First letters of a word appear after',
    ({ firstWordMs }) => (firstWordMs === null ? 'no words' : `${Math.round(firstWordMs)} ms`),
  ],
  ['Model download', ({ load }) => (load.reused ? 'already loaded' : seconds(load.downloadMs))],
  ['Model preparation', ({ load }) => (load.reused ? 'already loaded' : seconds(load.prepareMs))],
  ['First frame', ({ load }) => `${ms(load.firstFrameMs)} ms`],
  ['Model size', ({ load }) => (load.bytes > 0 ? megabytes(load.bytes) : 'unknown')],
  [
    'Memory (measured on cross-origin isolated pages only)',
    ({ memoryBytes }) => (memoryBytes === null ? 'unknown' : megabytes(memoryBytes)),
  ],
  ['Window of the model', ({ window }) => `${window} frames, ${Math.round((window * FRAME_MS) / 1000)} s`],
  ['WebAssembly build', ({ build }) => build],
  ['Threads', ({ threads, fewerThreads }) => (fewerThreads === null ? `${threads}` : `${threads}. ${fewerThreads}`)],
  ['GPU', ({ adapter }) => adapter ?? 'not used'],
  ['Worker', ({ worker }) => worker],
];

function show(measured) {
  const name = ({ backend }) => NAMES[backend];
  results.hidden = false;
  fill('times', measured, TIMES);
  fill('facts', measured, FACTS);

  for (const disconnect of disconnects) disconnect();
  const bars = [
    ['Audio codec', ({ mimi }) => mimi],
    ['Language model at the start', ({ lmEmpty }) => lmEmpty],
    ['Language model with a full window', ({ lmFull }) => lmFull],
    ['Everything, median', ({ path }) => path.p50],
    ['Everything, 95 % of frames', ({ path }) => path.p95],
  ].map(([title, value]) => ({
    name: title,
    values: measured.map((one) => ({ backend: one.backend, ms: value(one) })),
  }));
  disconnects = [
    keepDrawn($('bars'), (width) => barChart(bars, FRAME_MS, width)),
    keepDrawn($('line'), (width) => lineChart(measured, measured[0].window, FRAME_MS, width)),
  ];
  $('json').textContent = JSON.stringify(asJson(measured), null, 2);
  $('copied').textContent = '';
  results.setAttribute('aria-label', `Results: ${measured.map(name).join(' and ')}`);
}

function asJson(measured) {
  return {
    version: 1,
    when: new Date().toISOString(),
    browser: navigator.userAgent,
    cores: navigator.hardwareConcurrency,
    isolated: crossOriginIsolated,
    frameMs: FRAME_MS,
    results: measured.map(({ took, ...one }) => ({ ...one, took: took.map((time) => Math.round(100 * time) / 100) })),
  };
}

function fill(table, measured, rows) {
  const head = [
    cell('td', '', {}),
    ...measured.map(({ backend }) => cell('th', NAMES[backend], { scope: 'col', class: 'number' })),
  ];
  $(`${table}-head`).replaceChildren(...head);
  $(`${table}-rows`).replaceChildren(
    ...rows.map(([title, value]) => {
      const row = document.createElement('tr');
      row.append(
        cell('th', title, { scope: 'row' }),
        ...measured.map((one) => cell('td', value(one), { class: 'number' })),
      );
      return row;
    }),
  );
}

function cell(name, content, attributes) {
  const made = document.createElement(name);
  made.textContent = content;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

$('copy').addEventListener('click', async () => {
  try {
    await navigator.clipboard.writeText($('json').textContent);
    $('copied').textContent = 'Copied.';
  } catch (error) {
    // Without permission the visitor can copy it manually.
    console.warn(error);
    $('json').closest('details').open = true;
    getSelection()?.selectAllChildren($('json'));
    $('copied').textContent = 'Press Ctrl+C or ⌘C: the browser does not allow the page to copy.';
  }
});

function ms(value) {
  return value.toFixed(value < 10 ? 2 : 1);
}

function seconds(milliseconds) {
  return `${(milliseconds / 1000).toFixed(2)} s`;
}

function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
