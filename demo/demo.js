/** The front page: one element, the recordings and the settings. */
import { CLIPS, clipItem, urlOf } from './clips.js';

const $ = (id) => document.getElementById(id);
const main = $('main');

/** The current recording, to stop it when another starts. */
let playing;

async function listen(source, begin = () => {}) {
  main.abort();
  playing?.pause();
  playing = source?.play ? source : undefined;
  const calm = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
  main.scrollIntoView({ block: 'nearest', behavior: calm ? 'auto' : 'smooth' });
  try {
    await main.start(source);
    await begin();
  } catch (error) {
    // The element shows and logs its own errors.
    if (error.name !== 'AbortError' && error.name !== 'SttError') console.warn(error);
  }
}

function play(clip) {
  const audio = Object.assign(document.createElement('audio'), { src: urlOf(clip) });
  void listen(audio, () => audio.play());
}

$('clips').append(...CLIPS.map((clip) => clipItem(clip, play, (one) => void listen(urlOf(one)))));

$('model').addEventListener('change', ({ target }) => {
  main.model = target.value;
  $('small').hidden = target.value !== 'demo';
});
$('mode').addEventListener('change', ({ target }) => (main.mode = target.value));
$('lang').addEventListener('change', ({ target }) => (main.lang = target.value));
$('pause').addEventListener('click', () => {
  if (main.state === 'paused') main.resume();
  else main.pause();
});
main.addEventListener('statechange', ({ detail: { state } }) => {
  $('pause').disabled = state !== 'listening' && state !== 'paused';
  $('pause').textContent = state === 'paused' ? 'Resume' : 'Pause';
});
main.addEventListener('end', () => playing?.pause());
