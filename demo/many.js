/** Twelve elements transcribe twelve recordings at once. */
import { CLIPS, urlOf } from './clips.js';

const $ = (id) => document.getElementById(id);

const dozen = Array.from({ length: 12 }, (_, i) => {
  const clip = CLIPS[i % CLIPS.length];
  const stt = Object.assign(document.createElement('kyutai-stt'), { model: 'demo' });
  return { stt, clip };
});
$('dozen').append(
  ...dozen.map(({ stt, clip }) => {
    const item = document.createElement('li');
    const about = document.createElement('small');
    about.textContent = `${clip.lang === 'fr' ? 'French' : 'English'}, ${clip.who}`;
    stt.textContent = '…';
    item.append(about, stt);
    return item;
  }),
);

$('run').addEventListener('click', async () => {
  $('result').textContent = '';
  const began = performance.now();
  const all = dozen.map(async ({ stt, clip }) => {
    stt.abort();
    const ended = new Promise((resolve) => stt.addEventListener('end', resolve, { once: true }));
    await stt.start(urlOf(clip));
    await ended;
  });
  const results = await Promise.allSettled(all);
  // Each element shows its own errors.
  if (results.some(({ status }) => status === 'rejected')) return;
  const seconds = dozen.reduce((sum, { stt }) => sum + (stt.metrics?.audioSeconds ?? 0), 0);
  const took = (performance.now() - began) / 1000;
  const engines = new Set(dozen.map(({ stt }) => stt.engine?.engineId)).size;
  const on = engines === 1 ? 'one model' : `${engines} models`;
  $('result').textContent = `${seconds.toFixed(0)} s of speech in ${took.toFixed(1)} s, on ${on}.`;
});
