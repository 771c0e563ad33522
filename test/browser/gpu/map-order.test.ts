/** Results reach streams in the order of their steps, even if the browser maps buffers out of order. */
import { assert } from '@open-wc/testing';
import { loadWebGpuLm } from '../../../src/lm/webgpu/webgpu-lm.js';
import { seeded } from '../../unit/lm/webgpu/seeded.js';
import { watchDevices, type Devices } from './devices.js';
import { intercept } from './intercept.js';
import { alone, assertResults, record, openCase, speech } from './streams-rig.js';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

interface Shuffled {
  /** Mappings that resolved before one that was requested earlier. */
  readonly overtaking: () => number;
  readonly restore: () => void;
}

/** Makes mappings resolve out of order: each waits for up to three later ones, for at most 100 ms. */
function shuffleMappings(): Shuffled {
  const below = seeded(3);
  const isMapped: boolean[] = [];
  let overtaking = 0;
  const restore = intercept(GPUBuffer.prototype, 'mapAsync', async (request) => {
    const own = isMapped.push(false) - 1;
    await request();
    const last = own + below(4);
    for (let tries = 0; tries < 100 && !isMapped.slice(own + 1, last + 1).every(Boolean); tries++) await pause(1);
    isMapped[own] = true;
    if (isMapped.slice(0, own).includes(false)) overtaking++;
  });
  return { overtaking: () => overtaking, restore };
}

describe('a browser that maps buffers out of order', () => {
  let devices: Devices;
  let mappings: Shuffled;
  const unhandled: unknown[] = [];
  const note = (event: PromiseRejectionEvent): void => void unhandled.push(event.reason);
  beforeEach(() => {
    devices = watchDevices();
    mappings = shuffleMappings();
    unhandled.length = 0;
    addEventListener('unhandledrejection', note);
  });
  afterEach(async () => {
    mappings.restore();
    devices.restore();
    await pause(0); // unhandled rejections are reported late
    removeEventListener('unhandledrejection', note);
    assert.deepEqual(unhandled, []);
  });

  it('does not change the results of streams, and loses no device', async () => {
    const lm = await loadWebGpuLm(await openCase('case-odd'));
    const speakers = [1, 2].map((seed) => speech(lm.config, 60, seed));
    mappings.restore();
    const expected = [await alone(lm, speakers[0]!), await alone(lm, speakers[1]!)];
    mappings = shuffleMappings();
    const streams = speakers.map((codes) => ({ ...record(lm), codes }));
    for (const { stream, codes } of streams) for (const each of codes) stream.push(each);
    lm.flush();
    await Promise.all(streams.map(({ stream }) => stream.settled()));
    assert.isAbove(mappings.overtaking(), 5, 'mappings that overtook another');
    for (const [i, { results }] of streams.entries()) assertResults(results, expected[i]!, 1e-3, `stream ${i}`);
    assert.equal(devices.all.length, 1);
    lm.dispose();
  });

  it('recovers from lost devices', async () => {
    const lm = await loadWebGpuLm(await openCase('case-odd'));
    const { stream, results } = record(lm);
    const codes = speech(lm.config, 40, 5);
    for (const [t, each] of codes.entries()) {
      stream.push(each);
      if (t % 8 === 7) lm.flush();
      if (t === 15 || t === 23) assert.isTrue(devices.kill());
      if (t % 8 === 7) await stream.settled();
    }
    assert.deepEqual(results.steps, Array.from(codes.keys()));
    assert.equal(devices.all.length, 3);
    lm.dispose();
  });
});
