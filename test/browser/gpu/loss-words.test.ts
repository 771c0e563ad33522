/** A session whose GPU device is lost has the words of an undisturbed session. */
import { assert } from '@open-wc/testing';
import { Engine } from '../../../src/engine/engine.js';
import type { WireError } from '../../../src/errors.js';
import { openModelFromUrl } from '../../../src/model/open-model-url.js';
import type { WireWord } from '../../../src/protocol/stream-events.js';
import { watchDevices, type Devices } from './devices.js';

describe('a session whose GPU device is lost', () => {
  let devices: Devices;
  beforeEach(() => (devices = watchDevices()));
  afterEach(() => devices.restore());

  it('continues with the same words and times', async function () {
    this.timeout(600_000);
    const clip = '/test/fixtures/clips/fr_espeak_3';
    const { official_q4 } = (await (await fetch(`${clip}.json`)).json()) as { official_q4: { text: string } };
    const pcm = await samplesOf(`${clip}.wav`);
    const model = await openModelFromUrl({ url: new URL('/models/demo-en_fr-q4_0.gguf', location.origin).href });
    const engine = await Engine.load(model, { backend: 'webgpu' });
    const undisturbed = await transcribe(engine, pcm, () => undefined);
    assert.equal(undisturbed.map(({ text }) => text).join(' '), official_q4.text);
    const disturbed = await transcribe(engine, pcm, (frame) => {
      if (frame === 15 || frame === 40) assert.isTrue(devices.kill());
    });
    assert.deepEqual(disturbed, undisturbed);
    assert.equal(devices.all.length, 3);
    engine.dispose();
  });
});

/** Every word of one session over `pcm`; `consumed` is called after each frame is transcribed. */
async function transcribe(
  engine: Engine,
  pcm: Float32Array,
  consumed: (frame: number) => void,
): Promise<(WireWord & { end?: number })[]> {
  const words: (WireWord & { end?: number })[] = [];
  let failure: WireError | undefined;
  const session = engine.open((event) => {
    if (event.type === 'word') words.push(event.word);
    if (event.type === 'consumed') consumed(event.index);
    if (event.type === 'error') failure = event.error;
    if (event.type === 'word-end') {
      const word = words[event.index];
      if (word) words[event.index] = { ...word, end: event.end };
    }
  });
  for (let at = 0; at + engine.frameSize <= pcm.length; at += engine.frameSize)
    session.push(pcm.slice(at, at + engine.frameSize));
  await session.finish();
  assert.isUndefined(failure);
  return words;
}

/** [samples] f32 of a WAV of 16 bits at 24 kHz, mono. */
async function samplesOf(url: string): Promise<Float32Array> {
  const bytes = await (await fetch(url)).arrayBuffer();
  return Float32Array.from(new Int16Array(bytes, 44), (sample) => sample / 32_768);
}
