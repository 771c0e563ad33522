/** Sources of sound to measure with: one as fast as the engine takes it, one as fast as it is spoken. */

/** Samples of a frame at 24 kHz. */
export const FRAME_SIZE = 1920;
export const FRAME_MS = 80;

/** Frames on their way at a time: enough that the engine never waits for the page. */
const AHEAD = 4;

/** A recording as mono samples at 24 kHz. */
export async function samplesOf(url) {
  const response = await fetch(url);
  const decoder = new OfflineAudioContext(1, 1, 24_000);
  return (await decoder.decodeAudioData(await response.arrayBuffer())).getChannelData(0);
}

function frameAt(samples, index) {
  const frame = new Float32Array(FRAME_SIZE);
  for (let i = 0; i < FRAME_SIZE; i++) frame[i] = samples[(index * FRAME_SIZE + i) % samples.length];
  return frame;
}

/** What every source for `SttClient.start` has; this one sends `count` frames of `samples`, over and over. */
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
    this.finished.catch(() => {}); // whoever aborted it knows
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

/** Sends the next frame when one is answered. `took`: milliseconds between answers, the first from when it was sent. */
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
    port.onmessage = ({ data: { index } }) => this.taken(index);
    while (this.sent < Math.min(AHEAD, this.count)) this.send();
  }

  /** A GPU may answer several frames at once: each has its share. */
  taken(index) {
    const now = performance.now();
    const frames = index + 1 - this.took.length;
    for (let i = 0; i < frames; i++) this.took.push((now - this.last) / frames);
    this.last = now;
    this.progress(this.took.length);
    for (let i = 0; i < frames && this.sent < this.count; i++) this.send();
    if (this.took.length === this.count) this.finish();
  }
}

/** Sends a frame every 80 ms, each when the last of its samples would have been spoken. `began`: when the first was. */
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
