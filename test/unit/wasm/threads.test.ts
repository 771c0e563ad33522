import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { openModelFromPath } from '../../../src/cli/open-model-from-path.js';
import { enableRelaxedSimd } from '../../../src/cli/relaxed-simd.js';
import { nodeHelpers } from '../../../src/cli/threads.js';
import { Engine } from '../../../src/engine/engine.js';
import { SttError } from '../../../src/errors.js';
import { loadWasmLm } from '../../../src/lm/wasm/wasm-lm.js';
import { loadMimi } from '../../../src/mimi/mimi-wasm.js';
import { Arena } from '../../../src/wasm/arena.js';
import { Scratch } from '../../../src/wasm/state-blocks.js';
import { createWasmHost, supportedBuilds } from '../../../src/wasm/host.js';
import { PlanBuilder } from '../../../src/wasm/plan.js';
import { Pool, type Helpers } from '../../../src/wasm/pool.js';
import { everyOp } from './every-op.js';
import { sourceHelpers } from './source-helpers.js';

enableRelaxedSimd();
const BUILDS = await supportedBuilds();
const MODEL = new URL('../../../models/demo-en_fr-q4_0.gguf', import.meta.url).pathname;

/** Ends what a test has started. */
const started: (() => void)[] = [];
afterEach(() => {
  for (const end of started.splice(0)) end();
});

/** The exact bits of what each op of a plan wrote, after two runs of it: the second works on what the first left. */
async function bitsOf(build: 'simd' | 'relaxed', threads: number): Promise<Uint32Array[]> {
  const host = await createWasmHost({ build, helpers: sourceHelpers(threads) });
  started.push(() => host.pool?.stop());
  const { plan, written } = everyOp(host);
  await host.pool?.started;
  assert.equal(host.pool?.threads.threads ?? 1, threads, host.pool?.threads.fewerThreads);
  plan.run();
  plan.run();
  return written().map((floats) => new Uint32Array(floats.buffer));
}

/** Codes, tokens and logits of `frames` frames of noise, as one string of exact numbers a frame. */
async function spoken(threads: number, frames: number): Promise<string[]> {
  const host = await createWasmHost({ helpers: sourceHelpers(threads) });
  started.push(() => host.pool?.stop());
  const model = await openModelFromPath(MODEL);
  const [mimi, lm] = [await loadMimi(host, model), await loadWasmLm(host, model)];
  await host.pool?.started;
  assert.equal(host.pool?.threads.threads ?? 1, threads);
  const results: string[] = [];
  const [codec, stream] = [mimi.open(), lm.open(({ token, probability }) => results.push(`${token} ${probability}`))];
  let seed = 1;
  return Array.from({ length: frames }, (_, f) => {
    const pcm = new Float32Array(mimi.frameSize).map(() => (seed = (seed * 16807) % 2147483647) / 2 ** 32 - 0.25);
    const codes = codec.encode(pcm);
    stream.push(codes);
    lm.flush();
    return `${results[f]} ${codes.join()} ${stream.logits.join()}`;
  });
}

/** Codes, tokens and logits of `count` streams that step together, `frames` frames each. */
async function together(threads: number, count: number, frames: number): Promise<string[]> {
  const host = await createWasmHost({ helpers: sourceHelpers(threads) });
  started.push(() => host.pool?.stop());
  const model = await openModelFromPath(MODEL);
  const lm = await loadWasmLm(host, model);
  await host.pool?.started;
  assert.equal(host.pool?.threads.threads ?? 1, threads);
  const results: string[] = [];
  const streams = Array.from({ length: count }, (_, i) =>
    lm.open(({ token, probability }) => results.push(`${i}: ${token} ${probability}`)),
  );
  const { nQ, card } = model.config.lm;
  let seed = 5;
  for (let f = 0; f < frames; f++) {
    for (const stream of streams)
      stream.push(Uint32Array.from({ length: nQ }, () => (seed = (seed * 16807) % 2147483647) % card));
    lm.flush();
    for (const stream of streams) results.push(stream.logits.join());
  }
  return results;
}

/** Resolves once `is` holds, however long that takes: a test that waits in vain is ended by its runner. */
async function until(is: () => boolean): Promise<void> {
  while (!is()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('a plan shared out among threads', () => {
  for (const build of BUILDS) {
    it(`writes what one thread writes, to the last bit, with two and three (${build})`, async () => {
      const one = await bitsOf(build, 1);
      for (const threads of [2, 3]) assert.deepEqual(await bitsOf(build, threads), one, `${threads} threads`);
    });
  }

  it('gives the demo model the codes, tokens and logits of one thread', async () => {
    const one = await spoken(1, 40);
    assert.ok(one.length === 40 && new Set(one).size > 30);
    for (const threads of [2, 3]) assert.deepEqual(await spoken(threads, 40), one, `${threads} threads`);
  });

  it('gives streams that step together what one thread gives them', async () => {
    for (const count of [2, 3, 4]) {
      const one = await together(1, count, 12);
      assert.ok(new Set(one).size > 12 * count, 'logits differ from stream to stream and step to step');
      for (const threads of [2, 3])
        assert.deepEqual(await together(threads, count, 12), one, `${count} streams, ${threads} threads`);
    }
  });
});

/** Whole plans of `lanes` lanes: each doubles numbers of its own `times` times, from one buffer of scratch to the other. */
async function doubled(
  threads: number,
  lanes: number,
  times: number,
): Promise<{ meetings: number; length: number; values: number[] }> {
  const host = await createWasmHost({ build: 'simd', helpers: sourceHelpers(threads) });
  started.push(() => host.pool?.stop());
  await host.pool?.started;
  const { arena } = host;
  const n = 64;
  const [x, ones] = [arena.alloc(lanes * n * 4, 'numbers'), arena.alloc(n * 4, 'ones')];
  arena.f32.fill(1, ones / 4, ones / 4 + n);
  for (let lane = 0; lane < lanes; lane++) arena.f32.fill(lane + 1, x / 4 + lane * n, x / 4 + (lane + 1) * n);
  const scratch = new Scratch(host, 'test');
  const builder = new PlanBuilder();
  for (let time = 0; time < times; time++)
    builder.parallel(lanes, (lane) => {
      const [own, at] = [scratch.forBranch(lane).f32('twice', n), x + lane * n * 4];
      builder.op('copy', { from: at, to: own, bytes: n * 4 });
      // x · 1 + x
      builder.op('conv', {
        x: own,
        xStride: 4,
        M: n,
        W: ones,
        K: 1,
        N: 1,
        bias: 0,
        before: own,
        y: at,
        activated: 0,
        stride: 4,
      });
    });
  const plan = builder.build(host, 'lanes');
  plan.run();
  const values = Array.from({ length: lanes }, (_, lane) => arena.f32[x / 4 + lane * n + n - 1]!);
  return { meetings: plan.barriers, length: plan.length, values };
}

describe('lanes of a plan', () => {
  it('are gone through by a thread each, without a meeting in between', async () => {
    const expected = [8, 16];
    for (const [threads, meetings] of [
      [1, 0],
      [2, 1],
    ] as const)
      assert.deepEqual(await doubled(threads, 2, 3), { meetings, length: 12, values: expected }, `${threads} threads`);
  });

  it('meet now and then all the same, so that nobody waits long for one that is late', async () => {
    const host = await createWasmHost({ build: 'simd', helpers: sourceHelpers(2) });
    started.push(() => host.pool?.stop());
    const n = 100_000; // 2 million of the 8 that threads do without a meeting
    const x = host.arena.alloc(2 * n * 4, 'numbers');
    const meetings = [4, 5, 9].map((calls) => {
      const builder = new PlanBuilder();
      for (let i = 0; i < calls; i++) builder.parallel(2, (lane) => builder.op('gelu', { x: x + lane * n * 4, n }));
      return builder.build(host, 'lanes').barriers;
    });
    assert.deepEqual(meetings, [1, 2, 3]);
  });

  it('are shared out call by call where threads would not get as many each', async () => {
    // None of these calls is worth sharing out: one thread does all.
    assert.deepEqual(await doubled(2, 3, 1), { meetings: 0, length: 6, values: [2, 4, 6] });
    assert.deepEqual(await doubled(2, 4, 1), { meetings: 1, length: 8, values: [2, 4, 6, 8] });
  });

  it('have as many calls each', () => {
    const builder = new PlanBuilder();
    const uneven = (lane: number): void => {
      for (let i = 0; i <= lane; i++) builder.op('clear', { to: 0, bytes: 4 });
    };
    assert.throws(() => builder.parallel(2, uneven), /lanes of 1, 2 calls/);
  });
});

/** One helper that runs `script` after its message, instead of the package's own script. */
function scriptedHelper(script: string, timeoutMs?: number): Helpers {
  const text = `
    const { parentPort } = require('node:worker_threads');
    parentPort.once('message', ({ memory, queue }) => { ${script} });`;
  return { ...nodeHelpers(2, text)!, ...(timeoutMs !== undefined && { timeoutMs }) };
}

const READY = "parentPort.postMessage({ type: 'ready' });";

/** A host with helpers, and a plan that one thread does as well as two. */
async function planned(helpers: Helpers): Promise<{ pool: Pool; run: () => void; isRight: () => boolean }> {
  const alone = await createWasmHost({ build: 'simd' });
  const expected = everyOp(alone);
  expected.plan.run();
  const host = await createWasmHost({ build: 'simd', helpers });
  const { pool } = host;
  assert.ok(pool);
  started.push(() => pool.stop());
  const { plan, written } = everyOp(host);
  await pool.started;
  return { pool, run: () => plan.run(), isRight: () => isDeepStrictEqual(written(), expected.written()) };
}

describe('a pool of threads', () => {
  it('sleeps when there is nothing to do, and wakes for the next plan', async () => {
    const { pool, run, isRight } = await planned(sourceHelpers(3)!);
    await until(() => pool.sleepingHelpers === 2);
    run();
    assert.ok(isRight());
    await until(() => pool.sleepingHelpers === 2);
  });

  it('goes on with one thread, and says why, where a helper does not start', async () => {
    const { pool, run, isRight } = await planned(scriptedHelper("throw new Error('no room')"));
    assert.deepEqual(pool.threads, { threads: 1, fewerThreads: 'A thread failed: no room' });
    run();
    assert.ok(isRight());
  });

  it('does not wait for ever for a helper that says nothing', async () => {
    const { pool, run, isRight } = await planned(scriptedHelper('setInterval(() => {}, 1000)', 50));
    assert.deepEqual(pool.threads, { threads: 1, fewerThreads: 'A thread did not start within 0.05 s' });
    run();
    assert.ok(isRight());
  });

  it('goes on with one thread when a helper ends, even before it is told', async () => {
    const faint = `${READY} setTimeout(() => {
      while (Atomics.load(new Int32Array(memory.buffer, queue), 0) === 0);
      process.exit();
    })`;
    const { pool, run, isRight } = await planned(scriptedHelper(faint));
    assert.deepEqual(pool.threads, { threads: 2 });
    run(); // the helper ends as soon as there is something to do
    assert.ok(isRight());
    await until(() => pool.threads.threads === 1);
    assert.deepEqual(pool.threads, { threads: 1, fewerThreads: 'A thread ended' });
    run();
  });

  it('fails a plan when a helper takes a part and never completes it, and runs the next plan alone', async () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    const arena = new Arena(memory, 0);
    const table = arena.alloc(12, 'table') / 4;
    const words = new Int32Array(memory.buffer);
    words.set([100, 200, 300], table);
    const ran: number[] = [];
    // While the owner runs one part, the helper takes the other, as src/wasm/work-queue.ts does.
    let helperTakes = (): void => undefined;
    const run = (from: number): void => {
      ran.push(from);
      helperTakes();
    };
    const start: Helpers['start'] = (onReply) => ({
      post: ({ queue }) => {
        helperTakes = () => void Atomics.sub(words, queue / 4, 1);
        onReply({ type: 'ready' });
      },
      terminate: () => undefined,
    });
    const noCode = new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
    const pool = new Pool(arena, noCode, run, { count: 1, start, timeoutMs: 50 });
    await pool.started;
    const sections = [{ from: 100, to: 300, parts: 2, table }];
    assert.throws(
      () => pool.run(sections),
      (error) => error instanceof SttError && error.code === 'worker-failed',
    );
    assert.equal(pool.threads.threads, 1);
    assert.match(pool.threads.fewerThreads ?? '', /50 ms/);
    pool.run(sections);
    assert.deepEqual(ran, [200, 100]);
  });

  it('ends its threads with the engine', async () => {
    const inner = sourceHelpers(3)!;
    let ended = 0;
    const start: Helpers['start'] = (heard, died) =>
      inner.start(heard, (reason) => {
        if (reason === 'A thread ended') ended++;
        died(reason);
      });
    const engine = await Engine.load(await openModelFromPath(MODEL), { backend: 'wasm', helpers: { count: 2, start } });
    assert.equal(engine.info().threads, 3);
    engine.dispose();
    await until(() => ended === 2);
    assert.deepEqual([engine.info().threads, engine.info().fewerThreads], [1, undefined]);
  });
});
