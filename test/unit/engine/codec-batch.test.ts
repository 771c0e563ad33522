/** Which frames the codec takes together, and that each stream's stay in order. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { CodecBatch } from '../../../src/engine/codec-batch.js';
import type { MimiStream } from '../../../src/mimi/mimi.js';
import { FakeMimi, FRAME_SIZE } from './fake-model.js';

const pcm = new Float32Array(FRAME_SIZE);

/** A codec, and what it has told of frames added by `add`: the stream's number and its frame's. */
function rounds(): {
  mimi: FakeMimi;
  codec: CodecBatch;
  streams: MimiStream[];
  told: string[];
  add: (stream: number, coded?: () => void) => void;
} {
  const mimi = new FakeMimi();
  const codec = new CodecBatch(mimi);
  const streams = [mimi.open(), mimi.open(), mimi.open()];
  const told: string[] = [];
  const add = (stream: number, coded?: () => void): void =>
    codec.add({
      stream: streams[stream]!,
      pcm,
      coded: (codes, ms) => {
        told.push(`${stream}:${codes[0]}${ms >= 0 ? '' : ' before it began'}`);
        coded?.();
      },
      failed: (cause) => told.push(`${stream} failed: ${(cause as Error).message}`),
    });
  return { mimi, codec, streams, told, add };
}

describe('codec rounds', () => {
  it('takes a frame each of as many streams as have a seat', () => {
    const { mimi, codec, told, add } = rounds();
    for (const stream of [0, 1, 2]) add(stream);
    assert.deepEqual(told, []);
    codec.run();
    assert.deepEqual(mimi.together, [2, 1]);
    assert.deepEqual(told, ['0:0', '1:0', '2:0']);
  });

  it('keeps the order of one stream’s frames, and fills the other seat from behind them', () => {
    const { mimi, codec, told, add } = rounds();
    for (const stream of [0, 0, 0, 1]) add(stream);
    codec.run();
    assert.deepEqual(mimi.together, [2, 1, 1]);
    assert.deepEqual(told, ['0:0', '1:0', '0:1', '0:2']);
  });

  it('takes what is added while it runs, once', () => {
    const { codec, told, add } = rounds();
    add(0, () => {
      add(1);
      codec.run();
      assert.deepEqual(told, ['0:0']);
    });
    codec.run();
    assert.deepEqual(told, ['0:0', '1:0']);
  });

  it('forgets the frames of a stream that ends', () => {
    const { mimi, codec, streams, told, add } = rounds();
    for (const stream of [0, 1, 0]) add(stream);
    codec.drop(streams[0]!);
    codec.run();
    assert.deepEqual(told, ['1:0']);
    assert.deepEqual(mimi.together, [1]);
  });

  it('holds on to nobody whose frame is told', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const codec = new CodecBatch(new FakeMimi());
    const told = new WeakRef(
      (() => {
        const session = { frames: 0 };
        const stream = new FakeMimi().open();
        codec.add({ stream, pcm, coded: () => session.frames++, failed: () => undefined });
        return session;
      })(),
    );
    codec.run();
    // What was looked at in a job lives until its end.
    await new Promise((resolve) => setImmediate(resolve));
    collect();
    assert.equal(told.deref(), undefined);
    codec.run();
  });

  it('tells each stream of a failure of its own, and those of a failure together', () => {
    const { mimi, codec, told, add } = rounds();
    add(0, () => {
      throw new Error('full');
    });
    add(1);
    codec.run();
    assert.deepEqual(told, ['0:0', '0 failed: full', '1:0']);
    told.length = 0;
    mimi.encodeBatch = () => {
      throw new Error('the kernel trapped');
    };
    for (const stream of [0, 1, 2]) add(stream);
    codec.run();
    assert.deepEqual(
      told,
      [0, 1, 2].map((stream) => `${stream} failed: the kernel trapped`),
    );
  });
});
