/** The demo's wiring: every part of the page, and the element it works. */
import { CLIPS, clipItem, urlOf } from './clips.js';
import { logEvents } from './log.js';

const $ = (id) => document.getElementById(id);
const main = $('main');

/** The present recording, so that a new one silences it. */
let playing;

async function listen(source, begin = () => {}) {
  main.abort();
  playing?.pause();
  playing = source?.play ? source : undefined;
  // On a phone the recordings are a screen below the words.
  const calm = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
  main.scrollIntoView({ block: 'nearest', behavior: calm ? 'auto' : 'smooth' });
  try {
    await main.start(source);
    await begin();
  } catch (error) {
    // What went wrong in the element, it has shown and logged.
    if (error.name !== 'AbortError' && error.name !== 'SttError') console.warn(error);
  }
}

function play(clip) {
  const audio = Object.assign(document.createElement('audio'), { src: urlOf(clip) });
  void listen(audio, () => audio.play());
}

$('clips').append(...CLIPS.map((clip) => clipItem(clip, play, (one) => void listen(urlOf(one)))));
$('file').addEventListener('change', ({ target }) => {
  const [file] = target.files;
  if (file) void listen(file);
});

// The element's own controls.
$('mode').addEventListener('change', ({ target }) => (main.mode = target.value));
$('lang').addEventListener('change', ({ target }) => (main.lang = target.value));
$('pause').addEventListener('click', () => {
  if (main.state === 'paused') main.resume();
  else main.pause();
});
main.addEventListener('statechange', ({ detail: { state } }) => {
  $('pause').disabled = state !== 'listening' && state !== 'paused';
  $('pause').textContent = state === 'paused' ? 'Resume' : 'Pause';
  showWords();
  showFacts();
});
main.addEventListener('end', () => playing?.pause());

// What was heard.
main.addEventListener('transcript', showWords);
main.addEventListener('end', () => {
  showWords();
  showFacts();
});
$('clear').addEventListener('click', () => {
  main.clear();
  showWords();
});

function showWords() {
  const rows = main.words.map(({ text, start, end, confidence }) => {
    const row = document.createElement('tr');
    const cells = [
      text,
      start.toFixed(2),
      end.toFixed(2),
      confidence === undefined ? '' : `${Math.round(100 * confidence)} %`,
    ];
    row.append(...cells.map((value, index) => cell(value, index > 0)));
    return row;
  });
  $('words').replaceChildren(...rows);
  $('no-words').hidden = rows.length > 0;
  $('vtt').disabled = $('clear').disabled = rows.length === 0;
}

function cell(value, isNumber) {
  const made = document.createElement('td');
  made.textContent = value;
  if (isNumber) made.className = 'number';
  return made;
}

function showFacts() {
  const { engine, host, metrics } = main;
  const facts = {
    Model: engine?.model,
    'Runs on': engine && `${engine.backend} (${engine.build})`,
    In: host && `a ${host.kind} worker`,
    'Last stream':
      metrics && `${metrics.audioSeconds.toFixed(1)} s of sound, ${(metrics.rtf * 100).toFixed(0)} % of real time`,
    'Per 80 ms':
      metrics &&
      `codec ${(metrics.mimiMs / metrics.frames).toFixed(1)} ms, model ${(metrics.lmMs / metrics.steps).toFixed(1)} ms`,
  };
  const shown = Object.entries(facts).filter(([, value]) => value);
  $('facts').replaceChildren(
    ...shown.map(([name, value]) => {
      const group = document.createElement('div');
      group.append(
        Object.assign(document.createElement('dt'), { textContent: name }),
        Object.assign(document.createElement('dd'), { textContent: value }),
      );
      return group;
    }),
  );
}

$('vtt').addEventListener('click', () => {
  const url = URL.createObjectURL(new Blob([main.toVTT()], { type: 'text/vtt' }));
  Object.assign(document.createElement('a'), { href: url, download: 'captions.vtt' }).click();
  URL.revokeObjectURL(url);
});

// Two at once.
const pair = [$('left'), $('right')];
$('both').addEventListener('click', async () => {
  const clips = [CLIPS[0], CLIPS[5]];
  pair.forEach((element) => element.abort());
  const runs = await Promise.allSettled(pair.map((element, index) => element.start(urlOf(clips[index]))));
  const [left, right] = pair.map((element) => element.engine?.engineId);
  const failed = runs.some(({ status }) => status === 'rejected');
  if (!failed)
    $('shared').textContent = left === right ? `Both on engine ${left}.` : `On two engines, ${left} and ${right}.`;
});

logEvents(main, $('log'));
