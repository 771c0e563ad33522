/** Results are delivered in submission order, whatever order a browser maps their buffers in. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { SttError } from '../../../../src/errors.js';
import type { Buffers } from '../../../../src/gpu/buffers.js';
import { ReadBack } from '../../../../src/lm/webgpu/read-back.js';

/** A buffer whose mapping the test resolves or rejects. Its bytes are the number of its step. */
class FakeBuffer {
  readonly bytes = new ArrayBuffer(4);
  isMapped = false;
  /** Whether its device was lost after the mapping. */
  isLost = false;
  resolve!: () => void;
  reject!: (cause: unknown) => void;

  mapAsync(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.resolve = () => {
        this.isMapped = true;
        resolve();
      };
      this.reject = reject;
    });
  }
  getMappedRange(): ArrayBuffer {
    if (!this.isMapped || this.isLost) throw new DOMException('not mapped', 'OperationError');
    return this.bytes;
  }
  unmap(): void {
    this.isMapped = false;
  }
}

class Rig {
  readonly delivered: number[] = [];
  readonly lost: SttError[] = [];
  onDeliver: (step: number) => void = () => undefined;
  readonly readBack: ReadBack<number>;
  #steps = 0;

  constructor() {
    const memory = { readBack: () => new FakeBuffer() } as unknown as Buffers;
    this.readBack = new ReadBack<number>(
      memory,
      4,
      (result, { owners }) => {
        const step = result.getUint32(0);
        assert.deepEqual(owners, [step], 'the result belongs to its step');
        this.delivered.push(step);
        this.onDeliver(step);
      },
      (error) => this.lost.push(error),
    );
  }

  /** Submits the next step and requests its result. */
  submit(): FakeBuffer {
    const step = this.readBack.take();
    const number = this.#steps++;
    step.owners.push(number);
    const buffer = step.buffer as unknown as FakeBuffer;
    new DataView(buffer.bytes).setUint32(0, number);
    this.readBack.read(step);
    return buffer;
  }

  submitAll(count: number): FakeBuffer[] {
    return Array.from({ length: count }, () => this.submit());
  }
}

/** Resolves after every promise that can settle has settled. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function permutations(count: number): number[][] {
  if (count === 0) return [[]];
  return permutations(count - 1).flatMap((rest) =>
    Array.from({ length: count }, (_, at) => [...rest.slice(0, at), count - 1, ...rest.slice(at)]),
  );
}

describe('results read back from a GPU', () => {
  const unhandled: unknown[] = [];
  const note = (cause: unknown): void => void unhandled.push(cause);
  beforeEach(() => {
    Object.assign(globalThis, { GPUMapMode: { READ: 1 } });
    unhandled.length = 0;
    process.on('unhandledRejection', note);
  });
  afterEach(() => {
    process.off('unhandledRejection', note);
    assert.deepEqual(unhandled, []);
  });

  it('are delivered in submission order for every order of mapping five buffers', async () => {
    for (const order of permutations(5)) {
      const rig = new Rig();
      const buffers = rig.submitAll(5);
      for (const [done, which] of order.entries()) {
        buffers[which]?.resolve();
        await settled();
        const mapped = new Set(order.slice(0, done + 1));
        const ready = [0, 1, 2, 3, 4].findIndex((step) => !mapped.has(step));
        assert.equal(rig.delivered.length, ready < 0 ? 5 : ready, `${order.join()}: after ${done + 1} mappings`);
      }
      assert.deepEqual([rig.delivered, rig.lost], [[0, 1, 2, 3, 4], []], order.join());
    }
  });

  it('are delivered in order if all are mapped in one task', async () => {
    const rig = new Rig();
    for (const buffer of rig.submitAll(8).reverse()) buffer.resolve();
    await settled();
    assert.deepEqual(rig.delivered, [0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('end at the first lost result, which is reported once, after the results before it', async () => {
    for (const order of permutations(4)) {
      for (let lost = 0; lost < 4; lost++) {
        const rig = new Rig();
        const buffers = rig.submitAll(4);
        for (const which of order) {
          if (which === lost) buffers[which]?.reject(new DOMException('the device is lost', 'AbortError'));
          else buffers[which]?.resolve();
          await settled();
        }
        const what = `${order.join()} without ${lost}`;
        assert.deepEqual(
          rig.delivered,
          Array.from({ length: lost }, (_, step) => step),
          what,
        );
        assert.deepEqual(
          rig.lost.map(({ code }) => code),
          ['gpu-device-lost'],
          what,
        );
        assert.match(rig.lost[0]?.message ?? '', /result was lost: the device is lost/);
      }
    }
  });

  it('fail once if the device is lost with all of them', async () => {
    const rig = new Rig();
    for (const buffer of rig.submitAll(8).reverse()) buffer.reject(new DOMException('gone', 'AbortError'));
    await settled();
    assert.deepEqual([rig.delivered, rig.lost.length], [[], 1]);
  });

  it('fail if the device is lost between mapping and delivery', async () => {
    const rig = new Rig();
    const buffers = rig.submitAll(3);
    buffers[1]?.resolve();
    buffers[2]?.resolve();
    await settled();
    assert.deepEqual([rig.delivered, rig.lost], [[], []]);
    buffers[1]!.isLost = true;
    buffers[0]?.resolve();
    await settled();
    assert.deepEqual([rig.delivered, rig.lost.length], [[0], 1]);
  });

  it('free their buffers for steps that are submitted during a delivery', async () => {
    const rig = new Rig();
    const buffers = rig.submitAll(8);
    assert.equal(rig.readBack.hasRoom, false);
    assert.throws(() => rig.readBack.take(), /8 results are already in flight \(internal\)/);
    let more = 12;
    rig.onDeliver = () => {
      if (more-- > 0) queueMicrotask(() => buffers.push(rig.submit()));
    };
    for (let at = 0; at < 20; at += 2) {
      // Two at a time, swapped.
      buffers[at + 1]?.resolve();
      await settled();
      buffers[at]?.resolve();
      await settled();
    }
    assert.deepEqual(
      rig.delivered,
      Array.from({ length: 20 }, (_, step) => step),
    );
    assert.equal(rig.readBack.hasRoom, true);
  });

  it('have a submission time only if the GPU was idle', async () => {
    const rig = new Rig();
    const times: boolean[] = [];
    const read = (): FakeBuffer => {
      const step = rig.readBack.take();
      step.owners.push(0);
      rig.readBack.read(step);
      times.push(Number.isNaN(step.submitted));
      return step.buffer as unknown as FakeBuffer;
    };
    const [first, second] = [read(), read()];
    second.resolve();
    await settled();
    const third = read();
    first.resolve();
    third.resolve();
    await settled();
    read();
    assert.deepEqual(times, [false, true, true, false]);
  });
});
