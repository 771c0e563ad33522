import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { StateLayout } from '../../../src/wasm/state-blocks.js';
import { createWasmHost } from '../../../src/wasm/host.js';
import { OP_NAMES, OPS } from '../../../src/wasm/ops.js';
import { PlanBuilder } from '../../../src/wasm/plan.js';

describe('plan', () => {
  it('names the opcodes, arguments and lengths that run.ts reads', async () => {
    const source = await readFile(new URL('../../../kernels/wasm/run.ts', import.meta.url), 'utf8');
    const cases = [...source.matchAll(/case (\d+): (\w+)\((.*)\); pc \+= (\d+); break;/g)];
    assert.equal(cases.length, OP_NAMES.length);
    for (const [, opcode, name, args = '', bytes] of cases) {
      const declared = OPS[OP_NAMES[Number(opcode)]!];
      assert.equal(name, OP_NAMES[Number(opcode)]);
      const expected = declared.map((arg, i) => `${arg.endsWith(':f') ? 'f' : 'a'}(pc,${i + 1})`);
      assert.deepEqual(args.split(', '), expected, name);
      assert.equal(Number(bytes), 4 * (1 + declared.length), name);
    }
  });

  it('replays its calls in order, and gives its memory back', async () => {
    const host = await createWasmHost({ build: 'simd' });
    const at = host.arena.alloc(64, 'test');
    host.arena.f32.set([1, 2, 3, 4], at / 4);
    const plan = new PlanBuilder()
      .op('copy', { from: at, to: at + 16, bytes: 16 })
      .op('clear', { to: at, bytes: 8 })
      .build(host, 'test plan');
    plan.run();
    assert.equal(plan.length, 2);
    assert.deepEqual(Array.from(host.arena.f32.subarray(at / 4, at / 4 + 8)), [0, 0, 3, 4, 1, 2, 3, 4]);
    const before = host.arena.bytes;
    plan.release();
    new PlanBuilder().op('clear', { to: at, bytes: 8 }).op('copy', { from: at, to: at, bytes: 1 }).build(host, 'again');
    assert.equal(host.arena.bytes, before);
  });

  it('finds what it says of a seat in the block of whoever sits there', async () => {
    const host = await createWasmHost({ build: 'simd' });
    const [at, other, to] = [64, 64, 64].map((bytes) => host.arena.alloc(bytes, 'test')) as [number, number, number];
    host.arena.f32.set([1, 2, 3, 4], at / 4 + 4);
    host.arena.f32.set([5, 6, 7, 8], other / 4 + 4);
    const mine = StateLayout.ofSlot(1);
    mine.words(4);
    const state = mine.words(4);
    assert.equal(mine.bytes, 32);
    const plan = new PlanBuilder().op('copy', { from: state + 4, to, bytes: 8 }).build(host, 'seated plan');
    const copied = (): number[] => Array.from(host.arena.f32.subarray(to / 4, to / 4 + 2));
    assert.throws(() => plan.run(), /nobody sits in seat 1/);
    plan.bindSlot(1, at);
    plan.run();
    assert.deepEqual(copied(), [2, 3]);
    plan.bindSlot(1, other);
    plan.bindSlot(0, at);
    plan.run();
    assert.deepEqual(copied(), [6, 7]);
  });

  it('refuses an argument that is not a number of its kind', () => {
    assert.throws(() => new PlanBuilder().op('clear', { to: -4, bytes: 8 }), /clear\.to is -4, expected a u32/);
    assert.throws(() => new PlanBuilder().op('clear', { to: 0, bytes: 2 ** 40 }), /clear\.bytes is 1099511627776/);
    assert.throws(
      () => new PlanBuilder().op('rms_norm', { x: 0, w: 0, y: 0, rows: 1, C: 1, eps: NaN }),
      /rms_norm\.eps is NaN/,
    );
  });
});
