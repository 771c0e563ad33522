import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createWasmHost } from '../../../src/wasm/host.js';
import { computesKnownAnswer } from '../../../src/wasm/self-test.js';

describe('the self-test', () => {
  it('detects an engine that computes a wrong product', async () => {
    const host = await createWasmHost({ build: 'simd' });
    assert.equal(computesKnownAnswer(host.kernels, host.arena), true);
    const { matvec_q4_0 } = host.kernels;
    const broken = {
      ...host.kernels,
      matvec_q4_0: (...args: number[]) => {
        matvec_q4_0(...args);
        host.arena.f32[(args[4] ?? 0) / 4]! += 1;
      },
    };
    assert.equal(computesKnownAnswer(broken, host.arena), false);
  });
});
