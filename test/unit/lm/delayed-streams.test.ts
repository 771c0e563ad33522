/** The frame of lag between codec and language model, the silence around the speech, and how long the flush lasts. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { alignmentOf, DelayedStreams } from '../../../src/lm/delayed-streams.js';
import type { LmConfig } from '../../../src/model/config.js';
import { config, FakeLm, FakeMimi, FRAME_SIZE } from '../engine/fake-model.js';

function open(lmConfig: Partial<LmConfig> = {}): {
  streams: DelayedStreams;
  encoded: readonly number[];
  stepped: readonly (number | null)[];
} {
  const [mimi, lm] = [new FakeMimi(), new FakeLm()];
  const codec = mimi.open();
  const stream = lm.open(() => undefined);
  const merged = { ...config, lm: { ...config.lm, ...lmConfig } };
  const [codecTrace, lmTrace] = [mimi.traces[0], lm.traces[0]];
  assert.ok(codecTrace && lmTrace);
  return {
    streams: new DelayedStreams((pcm, coded) => coded(codec.encode(pcm), 1), stream, merged, FRAME_SIZE),
    encoded: codecTrace.encoded,
    stepped: lmTrace.stepped,
  };
}

const speech = new Float32Array(FRAME_SIZE).fill(0.5);

/** Flushes, and returns the frames that took. */
function flush(streams: DelayedStreams, wordOpen: (frame: number) => boolean): number {
  for (let frame = 1; ; frame++) {
    streams.flush();
    if (streams.flushed(wordOpen(frame))) return frame;
  }
}

describe('delayed streams', () => {
  it('feeds the initial tokens first, then each frame’s codes as soon as they exist', () => {
    const { streams, stepped } = open();
    streams.push(speech);
    assert.deepEqual(stepped, [null, 0]);
    streams.push(speech);
    assert.deepEqual(stepped, [null, 0, 1]);
  });

  it('starts once', () => {
    const { streams, stepped } = open();
    streams.start();
    streams.start();
    streams.push(speech);
    assert.deepEqual(stepped, [null, 0]);
  });

  it('precedes the speech with the silence that the model needs', () => {
    const { streams, encoded } = open({ silencePrefixSeconds: 0.25 });
    streams.push(speech);
    assert.deepEqual(encoded, [0, 0, 0, 0, 0.5]);
    assert.equal(streams.alignment.prefixSteps, 4);
  });

  it('flushes with eighteen frames of encoded silence', () => {
    const { streams, encoded, stepped } = open();
    streams.push(speech);
    assert.equal(
      flush(streams, () => false),
      18,
    );
    assert.deepEqual(encoded, [0.5, ...Array<number>(18).fill(0)]);
    assert.deepEqual(stepped.slice(-2), [17, 18], 'codes of silence, not zeros');
  });

  it('flushes until the pending word has closed', () => {
    assert.equal(
      flush(open().streams, (frame) => frame < 23),
      23,
    );
  });

  it('ends the flush if a word never closes', () => {
    const { streams } = open();
    assert.equal(
      flush(streams, () => true),
      streams.alignment.maxFlush,
    );
    assert.equal(streams.alignment.maxFlush, 42);
  });

  it('flushes longer for a model whose text runs further behind', () => {
    const { delaySteps, minFlush } = alignmentOf({ ...config, lm: { ...config.lm, audioDelaySeconds: 2.5 } });
    assert.equal(delaySteps, 31);
    assert.ok(minFlush > delaySteps + 1);
  });

  it('feeds the language model only the codebooks it has', () => {
    const seen: number[] = [];
    const lm = {
      steps: 0,
      pending: 0,
      push: (codes: Uint32Array | null) => void seen.push(codes?.length ?? 0),
      settled: () => Promise.resolve(),
      prefer: () => undefined,
      reset: () => undefined,
      close: () => undefined,
    };
    new DelayedStreams((_, coded) => coded(new Uint32Array(32), 1), lm, config, FRAME_SIZE).push(speech);
    assert.deepEqual(seen, [0, 8]);
  });
});
