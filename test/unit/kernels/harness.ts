/** Runs tests of kernels in both builds, and copies arrays to and from their memory. */
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { enableRelaxedSimd } from '../../../src/cli/relaxed-simd.js';
import { createWasmHost, type WasmBuild, type WasmHost } from '../../../src/wasm/host.js';

enableRelaxedSimd();

/** A host with helpers that copy arrays to and from its memory. */
export class Bench {
  readonly host: WasmHost;

  constructor(host: WasmHost) {
    this.host = host;
  }

  get kernels(): WasmHost['kernels'] {
    return this.host.kernels;
  }

  /** Copies an array into memory, followed by a canary that `floats` checks. */
  put(values: Float32Array | Uint32Array | Int32Array | Int8Array | Uint8Array | Int16Array | Uint16Array): number {
    const at = this.room(values.byteLength);
    this.host.arena.u8.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    return at;
  }

  /** Allocates `bytes` of zeroed memory, followed by a canary. */
  room(bytes: number): number {
    const at = this.host.arena.alloc(bytes + 4, 'test');
    new DataView(this.host.arena.memory.buffer).setUint32(at + bytes, CANARY, true);
    return at;
  }

  /** Reads `length` floats; fails if the kernel wrote past them. */
  floats(at: number, length: number): Float32Array {
    assert.equal(
      new DataView(this.host.arena.memory.buffer).getUint32(at + length * 4, true),
      CANARY,
      'wrote past the end',
    );
    return new Float32Array(this.host.arena.memory.buffer.slice(at, at + length * 4));
  }
}

const CANARY = 0x5ca1ab1e;

/** Declares one `describe` per build, with and without relaxed SIMD. */
export function inBothBuilds(subject: string, tests: (open: () => Promise<Bench>) => void): void {
  for (const build of ['simd', 'relaxed'] as const satisfies readonly WasmBuild[]) {
    describe(`${subject} (${build})`, () => {
      tests(async () => new Bench(await createWasmHost({ build })));
    });
  }
}

/** Fails with the largest difference and the first five differing values. `tolerance` is absolute. */
export function near(actual: Float32Array, expected: Float32Array, tolerance: number): void {
  assert.equal(actual.length, expected.length);
  const bad = Array.from(actual, (v, i) => ({ i, v, e: expected[i]! })).filter(
    ({ v, e }) => !(Math.abs(v - e) <= tolerance),
  );
  const worst = bad.reduce((peak, { v, e }) => Math.max(peak, Math.abs(v - e)), 0);
  const first = bad.slice(0, 5).map(({ i, v, e }) => `[${i}] ${v} ≠ ${e}`);
  assert.equal(bad.length, 0, `${bad.length} of ${actual.length} differ, at most by ${worst}: ${first.join(', ')}`);
}

export { normals, quantised, random } from './numbers.js';
