/** The front page: one recording for visitors who do not want to speak. */
const live = document.getElementById('live');
const sample = document.getElementById('sample');
const recording = new Audio(new URL('demo/clips/en_human_goforward.wav', import.meta.url).href);

sample.addEventListener('click', async () => {
  live.abort();
  recording.pause();
  recording.currentTime = 0;
  try {
    await live.start(recording);
    await recording.play();
  } catch (error) {
    // The element shows and logs its own errors.
    if (error.name !== 'AbortError' && error.name !== 'SttError') throw error;
  }
});
live.addEventListener('end', () => recording.pause());
