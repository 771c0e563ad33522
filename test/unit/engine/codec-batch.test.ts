/** Batches of frames for the codec: their size, their order, re-entrance and failures. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { CodecBatch } from '../../../src/engine/codec-batch.js';
import type { MimiStream } from '../../../src/mimi/mimi.js';
import { FakeMimi, FRAME_SIZE } from './fake-model.js';

const pcm = new Float32Array(FRAME_SIZE);

/** A codec batch and a log of its callbacks: the numbers of stream and frame. */
function setup(): {
  mimi: FakeMimi;
  codec: CodecBatch;
  streams: MimiStream[];
  log: string[];
  add: (stream: number, coded?: () => void) => void;
} {
  const mimi = new FakeMimi();
  const codec = new CodecBatch(mimi);
  const streams = [mimi.open(), mimi.open(), mimi.open()];
  const log: string[] = [];
  const add = (stream: number, coded?: () => void): void =>
    codec.add({
      stream: streams[stream]!,
      pcm,
      coded: (codes, ms) => {
        log.push(`${stream}:${codes[0]}${ms >= 0 ? '' : ' before it began'}`);
        coded?.();
      },
      failed: (cause) => log.push(`${stream} failed: ${(cause as Error).message}`),
    });
  return { mimi, codec, streams, log, add };
}

describe('CodecBatch', () => {
  it('encodes one frame each of as many streams as there are slots', () => {
    const { mimi, codec, log, add } = setup();
    for (const stream of [0, 1, 2]) add(stream);
    assert.deepEqual(log, []);
    codec.run();
    assert.deepEqual(mimi.together, [2, 1]);
    assert.deepEqual(log, ['0:0', '1:0', '2:0']);
  });

  it('keeps the order of one stream’s frames and fills other slots with later frames of other streams', () => {
    const { mimi, codec, log, add } = setup();
    for (const stream of [0, 0, 0, 1]) add(stream);
    codec.run();
    assert.deepEqual(mimi.together, [2, 1, 1]);
    assert.deepEqual(log, ['0:0', '1:0', '0:1', '0:2']);
  });

  it('fails only the stream whose latent overflowed', () => {
    for (const value of [NaN, Infinity, -Infinity, 1e30, -1e7]) {
      const { codec, streams, log, add } = setup();
      for (const stream of [0, 1]) add(stream);
      streams[0]!.latent.fill(value, streams[0]!.latent.length - 1);
      codec.run();
      assert.match(log[0]!, /^0 failed: the codec's weights overflow: .*\(model-invalid\)$/);
      assert.deepEqual(log.slice(1), ['1:0']);
    }
  });

  it('encodes frames added during a run once', () => {
    const { codec, log, add } = setup();
    add(0, () => {
      add(1);
      codec.run();
      assert.deepEqual(log, ['0:0']);
    });
    codec.run();
    assert.deepEqual(log, ['0:0', '1:0']);
  });

  it('drops the frames of a closed stream', () => {
    const { mimi, codec, streams, log, add } = setup();
    for (const stream of [0, 1, 0]) add(stream);
    codec.drop(streams[0]!);
    codec.run();
    assert.deepEqual(log, ['1:0']);
    assert.deepEqual(mimi.together, [1]);
  });

  it('keeps no reference to a session whose frame was encoded', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const codec = new CodecBatch(new FakeMimi());
    const reference = new WeakRef(
      (() => {
        const session = { frames: 0 };
        const stream = new FakeMimi().open();
        codec.add({ stream, pcm, coded: () => session.frames++, failed: () => undefined });
        return session;
      })(),
    );
    codec.run();
    // A dereferenced WeakRef target stays alive until the end of the job.
    await new Promise((resolve) => setImmediate(resolve));
    collect();
    assert.equal(reference.deref(), undefined);
    codec.run();
  });

  it('reports a callback’s failure to its stream and a batch’s failure to all its streams', () => {
    const { mimi, codec, log, add } = setup();
    add(0, () => {
      throw new Error('full');
    });
    add(1);
    codec.run();
    assert.deepEqual(log, ['0:0', '0 failed: full', '1:0']);
    log.length = 0;
    mimi.encodeBatch = () => {
      throw new Error('the kernel trapped');
    };
    for (const stream of [0, 1, 2]) add(stream);
    codec.run();
    assert.deepEqual(
      log,
      [0, 1, 2].map((stream) => `${stream} failed: the kernel trapped`),
    );
  });
});
