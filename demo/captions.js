/** The captions page: play means listen, cues are listed, another tab can be shared. */

const $ = (id) => document.getElementById(id);
const [film, captions, tab] = [$('film'), $('captions'), $('tab')];

/** What the element could not do, it has shown and logged; a visitor who stops it has meant to. */
function quietly(promise) {
  promise.catch((error) => {
    if (error.name !== 'AbortError' && error.name !== 'SttError') throw error;
  });
}

// The first words are not to be missed, so the film waits until somebody listens.
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
