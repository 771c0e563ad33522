/** The recordings page: a table of words, facts about the run, and a log of the element's events. */
import { CLIPS, urlOf } from './clips.js';
import { logEvents } from './log.js';

const $ = (id) => document.getElementById(id);
const stt = document.querySelector('kyutai-stt');

function transcribe(recording) {
  stt.abort();
  // The element shows its own errors.
  stt.start(recording).catch(() => {});
}

$('file').addEventListener('change', ({ target }) => {
  const [file] = target.files;
  if (file) transcribe(file);
});
$('sample').addEventListener('click', () => transcribe(urlOf(CLIPS[0])));

for (const type of ['transcript', 'statechange', 'end']) {
  stt.addEventListener(type, () => {
    showWords();
    showFacts();
  });
}

function showWords() {
  const rows = stt.words.map(({ text, start, end, confidence }) => {
    const row = document.createElement('tr');
    const percent = confidence === undefined ? '' : `${Math.round(100 * confidence)} %`;
    row.append(...[text, start.toFixed(2), end.toFixed(2), percent].map((value, i) => cell(value, i > 0)));
    return row;
  });
  $('words').replaceChildren(...rows);
  $('no-words').hidden = rows.length > 0;
  $('vtt').disabled = rows.length === 0;
}

function cell(value, isNumber) {
  const made = document.createElement('td');
  made.textContent = value;
  if (isNumber) made.className = 'number';
  return made;
}

function showFacts() {
  const { engine, host, metrics } = stt;
  const facts = {
    Model: engine?.model,
    'Runs on': engine && `${engine.backend} (${engine.build})`,
    In: host && `a ${host.kind} worker`,
    'Last stream':
      metrics && `${metrics.audioSeconds.toFixed(1)} s of audio, ${(metrics.rtf * 100).toFixed(0)} % of real time`,
    'Per 80 ms':
      metrics &&
      `codec ${(metrics.mimiMs / metrics.frames).toFixed(1)} ms, model ${(metrics.lmMs / metrics.steps).toFixed(1)} ms`,
  };
  const groups = Object.entries(facts)
    .filter(([, value]) => value)
    .map(([name, value]) => {
      const group = document.createElement('div');
      group.append(
        Object.assign(document.createElement('dt'), { textContent: name }),
        Object.assign(document.createElement('dd'), { textContent: value }),
      );
      return group;
    });
  $('facts').replaceChildren(...groups);
}

$('vtt').addEventListener('click', () => {
  const url = URL.createObjectURL(new Blob([stt.toVTT()], { type: 'text/vtt' }));
  Object.assign(document.createElement('a'), { href: url, download: 'captions.vtt' }).click();
  URL.revokeObjectURL(url);
});

logEvents(stt, $('log'));
