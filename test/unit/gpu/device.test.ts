/** Errors of work on a GPU device are reported by that work. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SttError } from '../../../src/errors.js';
import { checked } from '../../../src/gpu/device.js';

interface Scope {
  readonly filter: GPUErrorFilter;
  error?: string;
}

/** A device that has only the stack of error scopes of the specification. */
function fakeDevice(): {
  device: GPUDevice;
  stack: Scope[];
  report: (filter: GPUErrorFilter, message: string) => void;
} {
  const stack: Scope[] = [];
  const device = {
    pushErrorScope: (filter: GPUErrorFilter) => stack.push({ filter }),
    popErrorScope: async () => {
      const scope = stack.pop();
      if (!scope) throw new Error('no scope to pop');
      await Promise.resolve();
      return scope.error === undefined ? null : { message: scope.error };
    },
  } as unknown as GPUDevice;
  const report = (filter: GPUErrorFilter, message: string): void => {
    const scope = stack.findLast((each) => each.filter === filter);
    if (scope) scope.error ??= message;
  };
  return { device, stack, report };
}

describe('checked work on a GPU', () => {
  it('returns the result of the work and leaves no error scope behind', async () => {
    const { device, stack } = fakeDevice();
    assert.equal(await checked(device, 'it', () => 7), 7);
    assert.equal(await checked(device, 'it', async () => Promise.resolve(8)), 8);
    assert.equal(stack.length, 0);
  });

  for (const [filter, code] of [
    ['validation', 'gpu-failed'],
    ['internal', 'gpu-failed'],
    ['out-of-memory', 'out-of-memory'],
  ] as const) {
    it(`rejects with an error of kind ${filter} and leaves no error scope behind`, async () => {
      const { device, stack, report } = fakeDevice();
      const work = checked(device, 'a buffer', () => report(filter, 'no'));
      await assert.rejects(
        work,
        (error) => error instanceof SttError && error.code === code && /a buffer: no/.test(String(error)),
      );
      assert.equal(stack.length, 0);
    });
  }

  it('reports the GPU’s error rather than the exception that followed from it', async () => {
    const { device, stack, report } = fakeDevice();
    const work = checked(device, 'a kernel', () => {
      report('validation', 'line 3');
      throw new Error('undefined is not a pipeline');
    });
    await assert.rejects(work, /a kernel: line 3/);
    assert.equal(stack.length, 0);
  });

  it('ignores the errors of other work', async () => {
    const { device, report } = fakeDevice();
    const [first, second] = await Promise.allSettled([
      checked(device, 'first', () => 1),
      checked(device, 'second', () => report('out-of-memory', 'full')),
    ]);
    assert.equal(first.status, 'fulfilled');
    assert.equal(second.status, 'rejected');
  });

  it('rejects with gpu-device-lost if the device is lost', async () => {
    const gone = {
      pushErrorScope: () => undefined,
      popErrorScope: () => Promise.reject(new Error('lost')),
    } as unknown as GPUDevice;
    await assert.rejects(
      checked(gone, 'it', () => 1),
      (error) => error instanceof SttError && error.code === 'gpu-device-lost',
    );
  });
});
