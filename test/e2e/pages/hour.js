/** One element that hears clips on end, as fast as the engine takes them. The test calls it from outside. */
const RATE = 24_000;
export const FRAME = 1_920;
/** Frames sent ahead of what the engine has taken. */
const AHEAD = 16;

/** [n] f32 at 24 kHz, whole frames. */
export async function decode(url) {
  const bytes = await (await fetch(url)).arrayBuffer();
  const samples = (await new OfflineAudioContext(1, 1, RATE).decodeAudioData(bytes)).getChannelData(0);
  const whole = new Float32Array(Math.ceil(samples.length / FRAME) * FRAME);
  whole.set(samples);
  return whole;
}

/** Sound for `start` that plays `clips`, [n] f32 each, in turn, `frames` in all. `passed` is told after every frame the engine has taken. */
export class Endless {
  onended = null;
  onerror = null;
  kind = 'hour';
  #sound;
  #frames;
  #sent = 0;
  #taken = 0;
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
      this.#taken = data.index + 1;
      this.#passed(this.#taken);
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
    while (this.#sent < this.#frames && this.#sent < this.#taken + AHEAD) {
      const at = (this.#sent * FRAME) % this.#sound.length;
      const pcm = this.#sound.slice(at, at + FRAME);
      this.#port.postMessage({ type: 'frame', index: this.#sent++, pcm }, [pcm.buffer]);
    }
    if (this.#taken === this.#frames) this.onended?.();
  }
}

/** Hears `urls` over and over for `frames` frames; resolves when the last word is out. */
async function hear(urls, frames) {
  const element = document.querySelector('kyutai-stt');
  const clips = await Promise.all(urls.map(decode));
  globalThis.taken = 0;
  const ended = new Promise((resolve) => element.addEventListener('end', resolve, { once: true }));
  await element.start(new Endless(clips, frames, (taken) => (globalThis.taken = taken)));
  await ended;
  return {
    words: element.words.map(({ text, start }) => ({ text, start })),
    frames: clips.map(({ length }) => length / FRAME),
    metrics: element.metrics,
  };
}

globalThis.hear = hear;
