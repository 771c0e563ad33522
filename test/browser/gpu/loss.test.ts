/** GPUs that go away while streams run: every step is still answered, once and in order. */
import { assert } from '@open-wc/testing';
import type { SttError } from '../../../src/errors.js';
import { loadWebGpuLm, type WebGpuLanguageModel } from '../../../src/lm/webgpu/webgpu-lm.js';
import { seeded } from '../../unit/lm/webgpu/seeded.js';
import { intercept } from './intercept.js';
import { watchDevices, type Devices } from './devices.js';
import { alone, assertHeard, listen, openCase, speech, type Heard } from './streams-rig.js';

/** Devices taken away in the long run, and how many of them from two streams. */
const LOSSES = 50;
const PAIRED = 8;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * What a stream hears whose keys and values were rebuilt at the steps `losses`. Past its window that is not what it
 * hears undisturbed: the oldest steps of a replay lack what came before them.
 */
async function replayed(
  lm: WebGpuLanguageModel,
  codes: readonly (Uint32Array | null)[],
  losses: ReadonlySet<number>,
): Promise<Heard> {
  const { stream, heard } = listen(lm);
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
  return heard;
}

describe('when the GPU goes away', () => {
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
    assert.deepEqual(unhandled, [], 'what nobody caught');
  });

  it('within a window, the streams hear what they hear undisturbed', async function () {
    this.timeout(600_000);
    const lm = await loadWebGpuLm(await openCase('case-a'));
    const below = seeded(7);
    const STEPS = lm.config.context;
    const speakers = [speech(lm.config, STEPS, 1), speech(lm.config, STEPS, 2)] as const;
    const expected = [await alone(lm, speakers[0]), await alone(lm, speakers[1])] as const;
    for (let run = 0; run < 2; run++) {
      const lostAt = below(STEPS);
      const streams = [listen(lm), listen(lm)] as const;
      for (let t = 0; t < STEPS; t++) {
        for (const [i, { stream }] of streams.entries()) stream.push(speakers[i]?.[t] ?? null);
        lm.flush();
        if (run % 2 === 0) await streams[0].stream.settled();
        if (t === lostAt) assert.isTrue(devices.kill());
      }
      await Promise.all(streams.map(({ stream }) => stream.settled()));
      for (const [i, { stream, heard }] of streams.entries()) {
        assertHeard(heard, expected[i]!, 0, `stream ${i} of run ${run}`);
        assert.equal(stream.pending, 0);
        stream.close();
      }
      assert.equal(devices.all.length, run + 2);
    }
    lm.dispose();
  });

  it(`${LOSSES} times at any moment, every step of every stream is answered once, in order and as after a replay`, async function () {
    this.timeout(600_000);
    const lm = await loadWebGpuLm(await openCase('case-odd'));
    const below = seeded(11);
    let lost: SttError | undefined;
    void lm.lost?.then((error) => (lost = error));

    let losses = 0;
    /** Losses since the last answer: the fourth would be the end. */
    let barren = 0;
    /** The device goes with the next answer, while it is told. */
    let killsInSink = false;
    const kill = (): void => {
      if (barren < 3 && devices.kill()) [losses, barren] = [losses + 1, barren + 1];
    };
    const told = (): void => {
      barren = 0;
      if (killsInSink) kill();
      killsInSink = false;
    };
    const streams = [1, 2].map(() => ({
      ...listen(lm, told),
      codes: [] as (Uint32Array | null)[],
      at: new Set<number>(),
    }));
    // From the loss until the new device nothing is told: steps from here on come after a replay.
    devices.onasked = () => {
      for (const { heard, at } of streams) at.add(heard.steps.length);
    };
    const speakers = streams.map((_, i) => speech(lm.config, 4000, 60 + i));
    devices.onmade = () => {
      if (below(6) === 0)
        setTimeout(kill, below(40)); // while it is being filled, or soon after
      else if (below(12) === 0) kill(); // stillborn
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
    devices.onmade = () => undefined;
    killsInSink = false;
    // After the last loss, too, somebody wants an answer.
    const [{ stream: survivor, codes: further }] = streams as [(typeof streams)[0]];
    further.push(speakers[0]?.[further.length] ?? null);
    survivor.push(further.at(-1) ?? null);
    lm.flush();
    await Promise.all(streams.map(({ stream }) => stream.settled()));
    assert.isUndefined(lost);
    assert.isAtLeast(devices.all.length, LOSSES + 1);
    for (const [i, { stream, heard, codes, at }] of streams.entries()) {
      assert.deepEqual([stream.pending, stream.steps], [0, codes.length]);
      assert.isAbove(codes.length, PAIRED);
      assertHeard(heard, await replayed(lm, codes, at), 0, `stream ${i}`);
      stream.close();
    }
    lm.dispose();
  });

  for (const how of ['the GPU goes', 'the model is disposed of'] as const) {
    it(`or ${how} while one of several streams is told, the others do not stumble`, async () => {
      const lm = await loadWebGpuLm(await openCase('case-odd'));
      const speakers = [speech(lm.config, 400, 1), speech(lm.config, 400, 2)] as const;
      /** Steps told, by stream; and the step in whose midst it happens. */
      const told = [0, 0];
      let at = Infinity;
      const streams = [0, 1].map((i) =>
        lm.open(({ step }) => {
          told[i] = step + 1;
          if (step !== at || told[0] === told[1]) return;
          at = Infinity;
          if (how === 'the GPU goes') devices.kill();
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
      if (how === 'the GPU goes') assert.deepEqual(told, [t + 1, t + 1]);
      lm.dispose();
      await pause(0); // what nobody caught is told late
    });
  }

  for (const how of ['none keeps', 'there is no other'] as const) {
    it(`and ${how}, the streams fail, and so does the model`, async () => {
      const lm = await loadWebGpuLm(await openCase('case-odd'));
      const { stream, heard } = listen(lm);
      stream.push(null);
      await stream.settled();
      for (let i = 0; i < 5; i++) stream.push(new Uint32Array(lm.config.nQ));
      const settled = stream.settled().then(
        () => undefined,
        (cause: unknown) => cause as SttError,
      );
      devices.onmade = () => devices.kill();
      const restore =
        how === 'none keeps'
          ? () => undefined
          : intercept(GPU.prototype, 'requestAdapter', () => Promise.resolve(null));
      devices.kill();
      assert.equal((await settled)?.code, 'gpu-device-lost');
      assert.equal((await lm.lost)?.code, 'gpu-device-lost');
      restore();
      assert.throws(() => {
        stream.push(null);
      }, /gpu-device-lost/);
      assert.deepEqual(heard.steps, [0]);
      assert.equal(devices.all.length, how === 'none keeps' ? 4 : 1); // three more were tried
      // One who comes later is told as well.
      const late = listen(lm).stream;
      assert.throws(() => {
        late.push(null);
      }, /gpu-device-lost/);
      lm.dispose();
    });
  }

  for (const when of ['at once', 'when a device is asked for', 'when it is made', 'while it is filled'] as const) {
    it(`and the model is disposed of ${when}, no device is left`, async () => {
      const lm = await loadWebGpuLm(await openCase('case-odd'));
      const { stream } = listen(lm);
      for (let i = 0; i < 5; i++) stream.push(new Uint32Array(lm.config.nQ));
      const settled = stream.settled();
      const made = new Promise<void>((resolve) => {
        if (when === 'when a device is asked for') devices.onasked = () => lm.dispose();
        devices.onmade = () => {
          if (when === 'when it is made') lm.dispose();
          if (when === 'while it is filled') setTimeout(() => lm.dispose(), 1);
          resolve();
        };
      });
      devices.kill();
      if (when === 'at once') lm.dispose();
      else await made;
      await Promise.all(devices.all.map((device) => device.lost));
      await settled; // what was dropped is waited for no more
      assert.isAtMost(devices.all.length, 2);
    });
  }
});
