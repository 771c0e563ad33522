/** Plays clips to an element in a loop, as fast as the engine processes them. The test calls `transcribeLoop`. */
const RATE = 24_000;
export const FRAME = 1_920;
/** Frames sent ahead of those the engine has processed. */
const AHEAD = 16;

/** [n] f32 at 24 kHz, whole frames. */
export async function decode(url) {
  const bytes = await (await fetch(url)).arrayBuffer();
  const samples = (await new OfflineAudioContext(1, 1, RATE).decodeAudioData(bytes)).getChannelData(0);
  const whole = new Float32Array(Math.ceil(samples.length / FRAME) * FRAME);
  whole.set(samples);
  return whole;
}

/**
 * A source for `start`: loops over `clips`, [n] f32 each, for `frames` frames. Calls `passed` with the number of frames that
 * the engine has processed, after each.
 */
export class Endless {
  onended = null;
  onerror = null;
  kind = 'loop';
  #sound;
  #frames;
  #sent = 0;
  #processed = 0;
  #port;
  #passed;

  constructor(clips, frames, passed) {
    const length = clips.reduce((sum, clip) => sum + clip.length, 0);
    this.#sound = new Float32Array(length);
    let at = 0;
    for (const clip of clips) {
      this.#sound.set(clip, at);
      at += clip.length;
    }
    this.#frames = frames;
    this.#passed = passed;
  }

  async start(port) {
    this.#port = port;
    port.onmessage = ({ data }) => {
      this.#processed = data.index + 1;
      this.#passed(this.#processed);
      this.#advance();
    };
    this.#advance();
  }

  async stop() {
    this.#port.postMessage({ type: 'end' });
  }

  abort() {}
  pause() {}
  resume() {}

  #advance() {
    while (this.#sent < this.#frames && this.#sent < this.#processed + AHEAD) {
      const at = (this.#sent * FRAME) % this.#sound.length;
      const pcm = this.#sound.slice(at, at + FRAME);
      this.#port.postMessage({ type: 'frame', index: this.#sent++, pcm }, [pcm.buffer]);
    }
    if (this.#processed === this.#frames) this.onended?.();
  }
}

/** Has the element transcribe `frames` frames of `urls`, played in a loop; resolves with all words once it ends. */
async function transcribeLoop(urls, frames) {
  const element = document.querySelector('kyutai-stt');
  const clips = await Promise.all(urls.map(decode));
  globalThis.processed = 0;
  const ended = new Promise((resolve) => element.addEventListener('end', resolve, { once: true }));
  await element.start(new Endless(clips, frames, (frame) => (globalThis.processed = frame)));
  await ended;
  return {
    words: element.words.map(({ text, start }) => ({ text, start })),
    frames: clips.map(({ length }) => length / FRAME),
    metrics: element.metrics,
  };
}

globalThis.transcribeLoop = transcribeLoop;
