/** The capture worklet on a real audio thread. */
import { assert } from '@open-wc/testing';
import { CAPTURE_PROCESSOR, type CaptureReport } from '../../../src/audio/capture-protocol.js';
import { Resampler } from '../../../src/audio/resampler.js';
import { concat, expectSamples, noise } from '../../unit/audio/signals.js';
import { AudioReceiver, WORKLET_URL } from './audio-receiver.js';

/** Plays channels through the worklet in an offline context, where no sample can be lost. */
async function render(
  rate: number,
  channels: readonly Float32Array<ArrayBuffer>[],
  receiver: AudioReceiver,
): Promise<CaptureReport[]> {
  const length = channels[0]?.length ?? 0;
  const context = new OfflineAudioContext(1, length, rate);
  await context.audioWorklet.addModule(WORKLET_URL);
  const buffer = context.createBuffer(channels.length, length, rate);
  channels.forEach((samples, channel) => buffer.copyToChannel(samples, channel));
  const source = new AudioBufferSourceNode(context, { buffer });
  const node = new AudioWorkletNode(context, CAPTURE_PROCESSOR, { outputChannelCount: [1] });
  const reports: CaptureReport[] = [];
  node.port.onmessage = ({ data }: MessageEvent<CaptureReport>) => reports.push(data);
  node.port.postMessage({ type: 'port', port: receiver.port }, [receiver.port]);
  source.connect(node).connect(context.destination);
  source.start();
  await context.startRendering();
  node.port.postMessage({ type: 'end' });
  await receiver.until(({ ended }) => ended);
  return reports;
}

function resampled(input: Float32Array, rate: number): Float32Array {
  const resampler = new Resampler(rate, 24_000);
  return concat([resampler.process(input).slice(), resampler.flush().slice()]);
}

describe('capture worklet', () => {
  for (const rate of [48_000, 44_100, 24_000]) {
    it(`posts the resampled audio in frames, from ${rate} Hz`, async () => {
      const input = noise(128 * 200);
      const receiver = new AudioReceiver();
      await render(rate, [input], receiver);
      const expected = resampled(input, rate);
      assert.deepEqual(
        receiver.frames.map(({ length }) => length),
        Array(Math.ceil(expected.length / 1_920)).fill(1_920),
      );
      assert.deepEqual(
        receiver.messages.slice(0, -1).map((message) => 'index' in message && message.index),
        [...receiver.frames.keys()],
      );
      const { pcm } = receiver;
      expectSamples(pcm.subarray(0, expected.length), expected);
      assert.strictEqual(
        pcm.subarray(expected.length).every((sample) => sample === 0),
        true,
      );
    });
  }

  it('averages the channels', async () => {
    const [left, right] = [noise(128 * 40, 1), noise(128 * 40, 2)];
    const receiver = new AudioReceiver();
    await render(24_000, [left, right], receiver);
    const mean = left.map((sample, i) => (sample + (right[i] ?? 0)) / 2);
    expectSamples(receiver.pcm.subarray(0, mean.length), mean);
  });

  it('reports the level to its node', async () => {
    const reports = await render(48_000, [new Float32Array(128 * 300).fill(0.5)], new AudioReceiver());
    const levels = reports.flatMap((report) => (report.type === 'level' ? [report.level] : []));
    assert.lengthOf(levels, 10);
    for (const level of levels) assert.deepEqual(level, { rms: 0.5, peak: 0.5 });
  });

  it('keeps two processors independent', async () => {
    const [one, two] = [new AudioReceiver(), new AudioReceiver()];
    const [first, second] = [noise(128 * 20, 1), noise(128 * 20, 2)];
    await Promise.all([render(24_000, [first], one), render(24_000, [second], two)]);
    expectSamples(one.pcm.subarray(0, first.length), first);
    expectSamples(two.pcm.subarray(0, second.length), second);
  });
});
