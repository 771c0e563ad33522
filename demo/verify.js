/** The verification page: the form, the worker that verifies, and its report. */
import { samplesOf } from './bench-sources.js';

const WORKER = '../dist/verify.worker.js';
const REFERENCES = ['../dist/reference/bria.json', '../dist/reference/demo.json'];

const $ = (id) => document.getElementById(id);
const absolute = (path) => new URL(path, document.baseURI).href;

let worker;

function chooseModel() {
  // The text field exists only when it is needed: browsers send text fields to autofill services.
  const template = { url: 'by-address', file: 'by-file' }[$('model').value];
  $('address').replaceChildren(template ? $(template).content.cloneNode(true) : '');
}
$('model').addEventListener('change', chooseModel);
chooseModel();

if (!navigator.gpu) {
  $('gpu').disabled = true;
  $('no-gpu').hidden = false;
}

$('form').addEventListener('submit', (event) => {
  event.preventDefault();
  start();
});
$('stop').addEventListener('click', () => end('Stopped'));
$('copy').addEventListener('click', copy);

function start() {
  $('problem').hidden = $('results').hidden = true;
  busy(true);
  show('Starting', 0);
  worker = new Worker(WORKER, { type: 'module' });
  worker.onmessage = ({ data }) => handlers[data.type](data);
  worker.onerror = (event) => {
    event.preventDefault();
    fail(`The worker failed: ${event.message || 'its script could not be loaded'}`);
  };
  const references = REFERENCES.map(absolute);
  worker.postMessage({
    type: 'verify',
    model: chosenModel(),
    page: document.baseURI,
    gpu: $('gpu').checked,
    references,
  });
}

function chosenModel() {
  const { value } = $('model');
  if (value === 'file') return [...$('file').files];
  return value === 'url' ? $('url').value.trim() : value;
}

const handlers = {
  progress: ({ stage, done, total }) => show(stage, total > 0 ? done / total : 0),
  audio: async ({ url, sampleRate }) => {
    try {
      const samples = await samplesOf(url, sampleRate);
      worker?.postMessage({ type: 'audio', samples });
    } catch (error) {
      fail(error.message);
    }
  },
  done: ({ passed, report }) => {
    end('Done');
    $('outcome').textContent = passed ? 'Verification passed' : 'Verification failed';
    $('report').textContent = report;
    $('copied').textContent = '';
    $('results').hidden = false;
    $('outcome').focus();
  },
  failed: ({ error }) => fail(error.message),
};

function end(message) {
  worker?.terminate();
  worker = undefined;
  busy(false);
  show(message, 0);
}

function fail(message) {
  end('');
  $('problem').textContent = message;
  $('problem').hidden = false;
}

function busy(is) {
  $('choices').disabled = $('verify').disabled = is;
  $('stop').disabled = !is;
  $('progress').hidden = !is;
}

let shown = '';
function show(stage, share) {
  $('progress').value = share;
  // A live region is announced: once per stage, not per frame.
  const text = stage.charAt(0).toUpperCase() + stage.slice(1);
  if (text !== shown) $('status').textContent = shown = text;
}

async function copy() {
  try {
    await navigator.clipboard.writeText($('report').textContent);
    $('copied').textContent = 'Copied';
  } catch {
    // Refused, or the page is not secure: the visitor's own shortcut still copies a selection.
    document.getSelection()?.selectAllChildren($('report'));
    $('copied').textContent = 'The report is selected: copy it with your keyboard.';
  }
}
