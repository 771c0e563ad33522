/** Devices that are lost while streams run: every step still has one result, in order. */
import { assert } from '@open-wc/testing';
import type { SttError } from '../../../src/errors.js';
import { loadWebGpuLm, type WebGpuLanguageModel } from '../../../src/lm/webgpu/webgpu-lm.js';
import { seeded } from '../../unit/lm/webgpu/seeded.js';
import { intercept } from './intercept.js';
import { watchDevices, type Devices } from './devices.js';
import { alone, assertResults, record, openCase, speech, type Results } from './streams-rig.js';

/** Devices destroyed in the long run, and how many of them while two streams run. */
const LOSSES = 24;
const PAIRED = 8;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * The results of a stream whose keys and values were rebuilt at the steps `losses`. Past its window they differ from
 * those of an undisturbed stream: the oldest steps of a replay lack the steps before them.
 */
async function replayed(
  lm: WebGpuLanguageModel,
  codes: readonly (Uint32Array | null)[],
  losses: ReadonlySet<number>,
): Promise<Results> {
  const { stream, results } = record(lm);
  for (const [t, each] of codes.entries()) {
    if (losses.has(t)) {
      await stream.settled();
      const { batch } = stream;
      assert.isDefined(batch);
      batch.leave(stream);
      stream.attach(batch);
    }
    stream.push(each);
  }
  await stream.settled();
  stream.close();
  return results;
}

describe('when the GPU device is lost', () => {
  let devices: Devices;
  const unhandled: unknown[] = [];
  const note = (event: PromiseRejectionEvent): void => void unhandled.push(event.reason);
  beforeEach(() => {
    devices = watchDevices();
    unhandled.length = 0;
    addEventListener('unhandledrejection', note);
  });
  afterEach(() => {
    devices.restore();
    removeEventListener('unhandledrejection', note);
    assert.deepEqual(unhandled, [], 'unhandled rejections');
  });

  it('within a window, the streams have the results of undisturbed streams', async function () {
    this.timeout(600_000);
    const lm = await loadWebGpuLm(await openCase('case-a'));
    const below = seeded(7);
    const STEPS = lm.config.context;
    const speakers = [speech(lm.config, STEPS, 1), speech(lm.config, STEPS, 2)] as const;
    const expected = [await alone(lm, speakers[0]), await alone(lm, speakers[1])] as const;
    for (let run = 0; run < 2; run++) {
      const lostAt = below(STEPS);
      const streams = [record(lm), record(lm)] as const;
      for (let t = 0; t < STEPS; t++) {
        for (const [i, { stream }] of streams.entries()) stream.push(speakers[i]?.[t] ?? null);
        lm.flush();
        if (run % 2 === 0) await streams[0].stream.settled();
        if (t === lostAt) assert.isTrue(devices.kill());
      }
      await Promise.all(streams.map(({ stream }) => stream.settled()));
      for (const [i, { stream, results }] of streams.entries()) {
        assertResults(results, expected[i]!, 0, `stream ${i} of run ${run}`);
        assert.equal(stream.pending, 0);
        stream.close();
      }
      assert.equal(devices.all.length, run + 2);
    }
    lm.dispose();
  });

  it(`${LOSSES} times at any moment, every step of every stream has one result, in order and as after a replay`, async function () {
    this.timeout(600_000);
    const lm = await loadWebGpuLm(await openCase('case-odd'));
    const below = seeded(11);
    let lost: SttError | undefined;
    void lm.lost?.then((error) => (lost = error));

    let losses = 0;
    /** Losses since the last result: the fourth would end recovery. */
    let barren = 0;
    /** Whether the sink of the next result destroys the device. */
    let killsInSink = false;
    const kill = (): void => {
      if (barren < 3 && devices.kill()) [losses, barren] = [losses + 1, barren + 1];
    };
    const onResult = (): void => {
      barren = 0;
      if (killsInSink) kill();
      killsInSink = false;
    };
    const streams = [1, 2].map(() => ({
      ...record(lm, onResult),
      codes: [] as (Uint32Array | null)[],
      at: new Set<number>(),
    }));
    // No results arrive until the new device is loaded: later steps follow a replay.
    devices.onRequested = () => {
      for (const { results, at } of streams) at.add(results.steps.length);
    };
    const speakers = streams.map((_, i) => speech(lm.config, 4000, 60 + i));
    devices.onCreated = () => {
      if (below(3) === 0)
        setTimeout(kill, below(40)); // while weights are uploaded, or soon after
      else if (below(6) === 0) kill(); // before it is used
    };
    while (losses < LOSSES) {
      const live = losses < PAIRED ? streams : streams.slice(0, 1);
      for (const [i, { stream, codes }] of live.entries()) {
        for (let n = below(4); n > 0; n--) {
          const next = speakers[i]?.[codes.length] ?? null;
          codes.push(next);
          stream.push(next);
        }
      }
      lm.flush();
      const how = below(8);
      if (how === 0) await pause(below(20));
      if (how < 4) await live[below(live.length)]?.stream.settled();
      if (how > 5) killsInSink = true;
      else kill();
      if (barren > 2) await Promise.race(live.map(({ stream }) => stream.settled()));
      if (losses >= PAIRED) {
        await streams[1]?.stream.settled();
        streams[1]?.stream.close();
      }
    }
    devices.onCreated = () => undefined;
    killsInSink = false;
    // One more step after the last loss.
    const [{ stream: survivor, codes: further }] = streams as [(typeof streams)[0]];
    further.push(speakers[0]?.[further.length] ?? null);
    survivor.push(further.at(-1) ?? null);
    lm.flush();
    await Promise.all(streams.map(({ stream }) => stream.settled()));
    assert.isUndefined(lost);
    assert.isAtLeast(devices.all.length, LOSSES + 1);
    for (const [i, { stream, results, codes, at }] of streams.entries()) {
      assert.deepEqual([stream.pending, stream.steps], [0, codes.length]);
      assert.isAbove(codes.length, PAIRED);
      assertResults(results, await replayed(lm, codes, at), 0, `stream ${i}`);
      stream.close();
    }
    lm.dispose();
  });

  for (const how of ['the device is lost', 'the model is disposed of'] as const) {
    it(`and ${how} in the sink of one of several streams, the others do not throw`, async () => {
      const lm = await loadWebGpuLm(await openCase('case-odd'));
      const speakers = [speech(lm.config, 400, 1), speech(lm.config, 400, 2)] as const;
      /** Results emitted, by stream, and the step in which it happens. */
      const emitted = [0, 0];
      let at = Infinity;
      const streams = [0, 1].map((i) =>
        lm.open(({ step }) => {
          emitted[i] = step + 1;
          if (step !== at || emitted[0] === emitted[1]) return;
          at = Infinity;
          if (how === 'the device is lost') devices.kill();
          else lm.dispose();
        }),
      );
      let t = 0;
      for (let submits = 2; submits > 1; t++) {
        const before = lm.gpu().submits;
        for (const [i, stream] of streams.entries()) stream.push(speakers[i]?.[t] ?? null);
        lm.flush();
        await Promise.all(streams.map((stream) => stream.settled()));
        submits = lm.gpu().submits - before;
      }
      at = t;
      for (const [i, stream] of streams.entries()) stream.push(speakers[i]?.[t] ?? null);
      lm.flush();
      await Promise.all(streams.map((stream) => stream.settled()));
      assert.equal(at, Infinity, 'it happened');
      if (how === 'the device is lost') assert.deepEqual(emitted, [t + 1, t + 1]);
      lm.dispose();
      await pause(0); // unhandled rejections are reported late
    });
  }

  for (const how of ['every new device is lost', 'there is no adapter'] as const) {
    it(`and ${how}, the streams fail, and so does the model`, async () => {
      const lm = await loadWebGpuLm(await openCase('case-odd'));
      const { stream, results } = record(lm);
      stream.push(null);
      await stream.settled();
      for (let i = 0; i < 5; i++) stream.push(new Uint32Array(lm.config.nQ));
      const settled = stream.settled().then(
        () => undefined,
        (cause: unknown) => cause as SttError,
      );
      devices.onCreated = () => devices.kill();
      const restore =
        how === 'every new device is lost'
          ? () => undefined
          : intercept(GPU.prototype, 'requestAdapter', () => Promise.resolve(null));
      devices.kill();
      assert.equal((await settled)?.code, 'gpu-device-lost');
      assert.equal((await lm.lost)?.code, 'gpu-device-lost');
      restore();
      assert.throws(() => {
        stream.push(null);
      }, /gpu-device-lost/);
      assert.deepEqual(results.steps, [0]);
      assert.equal(devices.all.length, how === 'every new device is lost' ? 4 : 1); // three more were tried
      // A stream that is opened later fails too.
      const late = record(lm).stream;
      assert.throws(() => {
        late.push(null);
      }, /gpu-device-lost/);
      lm.dispose();
    });
  }

  for (const when of [
    'immediately',
    'when a device is requested',
    'when it is created',
    'while weights are uploaded',
  ] as const) {
    it(`and the model is disposed of ${when}, no device remains`, async () => {
      const lm = await loadWebGpuLm(await openCase('case-odd'));
      const { stream } = record(lm);
      for (let i = 0; i < 5; i++) stream.push(new Uint32Array(lm.config.nQ));
      const settled = stream.settled();
      const made = new Promise<void>((resolve) => {
        if (when === 'when a device is requested') devices.onRequested = () => lm.dispose();
        devices.onCreated = () => {
          if (when === 'when it is created') lm.dispose();
          if (when === 'while weights are uploaded') setTimeout(() => lm.dispose(), 1);
          resolve();
        };
      });
      devices.kill();
      if (when === 'immediately') lm.dispose();
      else await made;
      await Promise.all(devices.all.map((device) => device.lost));
      await settled; // resolves without the dropped steps
      assert.isAtMost(devices.all.length, 2);
    });
  }
});
