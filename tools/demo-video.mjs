/**
 * Draws the picture of demo/clips/captions.webm: three people whose mouths move with the sound. The sound is kept as it is.
 * Needs ffmpeg. Run it after a change of the drawing, look at the video, and commit it: `node tools/demo-video.mjs`.
 */
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, renameSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright';
import { chromiumArgs } from './chromium-args.mjs';
import { findChromium } from './find-browser.mjs';

const VIDEO = fileURLToPath(new URL('../demo/clips/captions.webm', import.meta.url));
const OUT = fileURLToPath(new URL('../build/captions.webm', import.meta.url));
const DRAWING = readFileSync(new URL('demo-video/drawing.js', import.meta.url), 'utf8');
const FPS = 12;
const RATE = 16_000;
/** A quieter frame is silence. */
const SILENCE = 0.004;
/** Speakers pause for less than this; seconds. */
const CHANGE = 1;

const levels = levelsOf(VIDEO);
const speakers = speakersOf(levels);
const browser = await chromium.launch({ executablePath: await findChromium(), args: chromiumArgs() });
try {
  const page = await browser.newPage({ viewport: { width: 640, height: 360 } });
  await page.setContent('<canvas width="640" height="360"></canvas>');
  await page.addScriptTag({ content: DRAWING });
  const input = ['-f', 'image2pipe', '-framerate', String(FPS), '-i', '-', '-i', VIDEO];
  const codec = ['-c:v', 'libvpx-vp9', '-crf', '47', '-b:v', '0', '-pix_fmt', 'yuv420p', '-row-mt', '1'];
  const encoder = spawn(
    'ffmpeg',
    ['-v', 'error', '-y', ...input, '-map', '0:v', '-map', '1:a', ...codec, '-c:a', 'copy', OUT],
    {
      stdio: ['pipe', 'inherit', 'inherit'],
    },
  );
  const ended = new Promise((done) => encoder.on('close', done));
  for (const [frame, level] of levels.entries()) {
    const what = { seconds: frame / FPS, level, before: levels[frame - 1] ?? 0, speaker: speakers[frame] };
    const url = await page.evaluate((shown) => globalThis.drawFrame(shown), what);
    encoder.stdin.write(Buffer.from(url.slice(url.indexOf(',') + 1), 'base64'));
  }
  encoder.stdin.end();
  if ((await ended) !== 0) throw new Error('ffmpeg failed');
} finally {
  await browser.close();
}
renameSync(OUT, VIDEO);

/** Loudness of each frame, root mean square. */
function levelsOf(file) {
  const args = ['-v', 'error', '-i', file, '-ac', '1', '-ar', String(RATE), '-f', 'f32le', '-'];
  const { stdout, status } = spawnSync('ffmpeg', args, { maxBuffer: 1e8 });
  if (status !== 0) throw new Error('ffmpeg could not decode the sound');
  const samples = new Float32Array(stdout.buffer.slice(stdout.byteOffset, stdout.byteOffset + stdout.byteLength));
  const size = RATE / FPS;
  return Array.from({ length: Math.ceil(samples.length / size) }, (_, frame) => {
    const part = samples.subarray(Math.round(frame * size), Math.round((frame + 1) * size));
    return Math.sqrt(part.reduce((sum, sample) => sum + sample * sample, 0) / Math.max(1, part.length));
  });
}

/** Which speaker is on screen in each frame: the next one appears in the middle of a long silence. */
function speakersOf(all) {
  const changes = [];
  let silent = 0;
  let hasSpoken = false;
  all.forEach((level, frame) => {
    if (level < SILENCE) return void silent++;
    if (hasSpoken && silent >= CHANGE * FPS) changes.push(frame - Math.round(silent / 2));
    hasSpoken = true;
    silent = 0;
  });
  return all.map((_, frame) => changes.filter((change) => change <= frame).length);
}
