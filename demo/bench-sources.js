/** Audio sources for the benchmark: one as fast as the engine consumes it, one in real time. */

/** Samples of a frame at 24 kHz. */
export const FRAME_SIZE = 1920;
export const FRAME_MS = 80;

/** Frames in flight: enough that the engine never waits for the page. */
const AHEAD = 4;

/** A recording as mono samples. */
export async function samplesOf(url, sampleRate = 24_000) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: found status ${response.status}, expected 200`);
  const decoder = new OfflineAudioContext(1, 1, sampleRate);
  return (await decoder.decodeAudioData(await response.arrayBuffer())).getChannelData(0);
}

function frameAt(samples, index) {
  const frame = new Float32Array(FRAME_SIZE);
  for (let i = 0; i < FRAME_SIZE; i++) frame[i] = samples[(index * FRAME_SIZE + i) % samples.length];
  return frame;
}

/** The interface of a source for `SttClient.start`; sends `count` frames of the repeated `samples`. */
class FrameSource {
  onended = null;
  onerror = null;

  constructor(samples, count) {
    this.samples = samples;
    this.count = count;
    this.sent = 0;
    this.finished = new Promise((resolve, reject) => {
      this.finish = resolve;
      this.fail = reject;
    });
    this.finished.catch(() => {}); // an abort is no unhandled rejection
  }

  send() {
    const pcm = frameAt(this.samples, this.sent);
    this.port.postMessage({ type: 'frame', index: this.sent++, pcm }, [pcm.buffer]);
  }

  async stop() {
    this.port?.postMessage({ type: 'end' });
  }

  abort() {
    this.fail(new DOMException('The measurement was stopped.', 'AbortError'));
    this.port?.close();
    this.port = undefined;
  }

  pause() {}
  resume() {}
}

/** Sends the next frame when one is consumed. `took`: milliseconds between consumed frames, the first from its sending. */
export class FastSource extends FrameSource {
  kind = 'bench';
  took = [];

  constructor(samples, count, progress) {
    super(samples, count);
    this.progress = progress;
  }

  async start(port) {
    this.port = port;
    this.last = performance.now();
    port.onmessage = ({ data: { index } }) => this.consumed(index);
    while (this.sent < Math.min(AHEAD, this.count)) this.send();
  }

  /** A GPU may finish several frames at once: the time is divided between them. */
  consumed(index) {
    const now = performance.now();
    const frames = index + 1 - this.took.length;
    for (let i = 0; i < frames; i++) this.took.push((now - this.last) / frames);
    this.last = now;
    this.progress(this.took.length);
    for (let i = 0; i < frames && this.sent < this.count; i++) this.send();
    if (this.took.length === this.count) this.finish();
  }
}

/** Sends a frame every 80 ms, each at the end of its audio. `began`: the start of the first. */
export class LiveSource extends FrameSource {
  kind = 'bench';

  async start(port) {
    this.port = port;
    this.began = performance.now();
    this.tick();
  }

  tick() {
    const due = this.began + (this.sent + 1) * FRAME_MS;
    this.timer = setTimeout(
      () => {
        this.send();
        if (this.sent === this.count) this.finish();
        else this.tick();
      },
      Math.max(0, due - performance.now()),
    );
  }

  abort() {
    clearTimeout(this.timer);
    super.abort();
  }
}
