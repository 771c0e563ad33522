/** The captions page: starts listening when the video plays, lists the cues, captions a shared tab. */

const $ = (id) => document.getElementById(id);
const [film, captions, tab] = [$('film'), $('captions'), $('tab')];

/** Ignores what the element shows and logs itself, and a stop by the visitor. */
function quietly(promise) {
  promise.catch((error) => {
    if (error.name !== 'AbortError' && error.name !== 'SttError') throw error;
  });
}

// The video waits until the element listens, so that no word is missed.
film.addEventListener('play', () => {
  if (!['idle', 'ready', 'failed'].includes(captions.state)) return;
  film.pause();
  quietly(captions.start().then(() => film.play()));
});

$('file').addEventListener('change', ({ target }) => {
  const [file] = target.files;
  if (!file) return;
  captions.abort();
  captions.clear();
  film.src = URL.createObjectURL(file);
});

captions.addEventListener('cue', ({ detail: { id, startTime, endTime, text, isFinal } }) => {
  const list = $('cues');
  const known = list.querySelector(`[data-cue="${id}"]`);
  const item = known ?? document.createElement('li');
  const time = document.createElement('time');
  time.textContent = `${startTime.toFixed(2)} – ${isFinal ? endTime.toFixed(2) : '…'}`;
  item.dataset.cue = id;
  item.replaceChildren(time, ` ${text.replaceAll('\n', ' / ')}`);
  if (!known) list.prepend(item);
});

$('share').addEventListener('click', () => quietly(tab.start('tab')));
tab.addEventListener('statechange', ({ detail: { state } }) => {
  $('share').disabled = !['idle', 'ready', 'failed'].includes(state);
});
