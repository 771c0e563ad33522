/** Runs a test of kernels in both builds, and moves arrays in and out of their memory. */
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { enableRelaxedSimd } from '../../../src/cli/relaxed-simd.js';
import { decodeQ4_0, encodeQ4_0 } from '../../../kernels/reference/q4_0.js';
import { decodeQ8_0, encodeQ8_0 } from '../../../kernels/reference/q8_0.js';
import { createWasmHost, type WasmBuild, type WasmHost } from '../../../src/wasm/host.js';

enableRelaxedSimd();

/** A host, and what tests do with its memory. */
export class Bench {
  readonly host: WasmHost;

  constructor(host: WasmHost) {
    this.host = host;
  }

  get kernels(): WasmHost['kernels'] {
    return this.host.kernels;
  }

  /** Copies an array in, followed by a canary that `intact` looks at. */
  put(values: Float32Array | Uint32Array | Int32Array | Int8Array | Uint8Array | Uint16Array): number {
    const at = this.room(values.byteLength);
    this.host.arena.u8.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    return at;
  }

  /** `bytes` of memory, zeroed, with a canary behind. */
  room(bytes: number): number {
    const at = this.host.arena.alloc(bytes + 4, 'test');
    new DataView(this.host.arena.memory.buffer).setUint32(at + bytes, CANARY, true);
    return at;
  }

  /** `length` floats; fails where the kernel wrote past them. */
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

/** One `describe` per build: the same kernels, with and without relaxed SIMD. */
export function inBothBuilds(subject: string, tests: (open: () => Promise<Bench>) => void): void {
  for (const build of ['simd', 'relaxed'] as const satisfies readonly WasmBuild[]) {
    describe(`${subject} (${build})`, () => {
      tests(async () => new Bench(await createWasmHost({ build })));
    });
  }
}

/** A seeded generator, so that a failure can be had again: uniform in [0, 1). */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** [n] f32, roughly normal. */
export function normals(next: () => number, n: number, scale = 1): Float32Array {
  return Float32Array.from({ length: n }, () => scale * (next() + next() + next() + next() - 2) * Math.sqrt(3));
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

/** [n] f32 in blocks as a file holds them, and the numbers those stand for. */
export function quantised(type: 'q4_0' | 'q8_0', x: Float32Array): { raw: Uint8Array; decoded: Float32Array } {
  const raw = new Uint8Array((x.length / 32) * (type === 'q4_0' ? 18 : 34));
  const decoded = new Float32Array(x.length);
  if (type === 'q4_0') {
    encodeQ4_0(x, raw);
    decodeQ4_0(raw, decoded);
  } else {
    encodeQ8_0(x, raw);
    decodeQ8_0(raw, decoded);
  }
  return { raw, decoded };
}
