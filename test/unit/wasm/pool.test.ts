import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { openModelFromPath } from '../../../src/cli/open-model-from-path.js';
import { nodeHelpers } from '../../../src/cli/threads.js';
import { Engine } from '../../../src/engine/engine.js';
import { SttError } from '../../../src/errors.js';
import { Arena } from '../../../src/wasm/arena.js';
import { createWasmHost } from '../../../src/wasm/host.js';
import { Pool, type Helpers } from '../../../src/wasm/pool.js';
import { everyOp } from './every-op.js';
import { sourceHelpers } from './source-helpers.js';

const MODEL = new URL('../../../models/demo-en_fr-q4_0.gguf', import.meta.url).pathname;

/** Stops the pools of a test. */
const started: (() => void)[] = [];
afterEach(() => {
  for (const stop of started.splice(0)) stop();
});

/** Resolves once `is` holds; the test runner's timeout limits the wait. */
async function until(is: () => boolean): Promise<void> {
  while (!is()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** One helper that runs `script` after its message, instead of the package's own script. */
function scriptedHelper(script: string, timeoutMs?: number): Helpers {
  const text = `
    const { parentPort } = require('node:worker_threads');
    parentPort.once('message', ({ memory, queue }) => { ${script} });`;
  return { ...nodeHelpers(2, text)!, ...(timeoutMs !== undefined && { timeoutMs }) };
}

const READY = "parentPort.postMessage({ type: 'ready' });";

/** A pool with `helpers`, a plan to run on it, and whether the plan's outputs are those of one thread. */
async function poolWithPlan(helpers: Helpers): Promise<{ pool: Pool; run: () => void; isCorrect: () => boolean }> {
  const alone = await createWasmHost({ build: 'simd' });
  const expected = everyOp(alone);
  expected.plan.run();
  const host = await createWasmHost({ build: 'simd', helpers });
  const { pool } = host;
  assert.ok(pool);
  started.push(() => pool.stop());
  const { plan, written } = everyOp(host);
  await pool.started;
  return { pool, run: () => plan.run(), isCorrect: () => isDeepStrictEqual(written(), expected.written()) };
}

describe('a pool of threads', () => {
  it('puts its helpers to sleep between plans and wakes them for the next', async () => {
    const { pool, run, isCorrect } = await poolWithPlan(sourceHelpers(3)!);
    await until(() => pool.sleepingHelpers === 2);
    run();
    assert.ok(isCorrect());
    await until(() => pool.sleepingHelpers === 2);
  });

  it('runs on one thread, and reports why, if a helper fails to start', async () => {
    const { pool, run, isCorrect } = await poolWithPlan(scriptedHelper("throw new Error('no room')"));
    assert.deepEqual(pool.threads, { threads: 1, fewerThreads: 'A thread failed: no room' });
    run();
    assert.ok(isCorrect());
  });

  it('stops waiting for a helper that does not reply', async () => {
    const { pool, run, isCorrect } = await poolWithPlan(scriptedHelper('setInterval(() => {}, 1000)', 50));
    assert.deepEqual(pool.threads, { threads: 1, fewerThreads: 'A thread did not start within 0.05 s' });
    run();
    assert.ok(isCorrect());
  });

  it('continues on one thread when a helper exits during a plan', async () => {
    const exits = `${READY} setTimeout(() => {
      while (Atomics.load(new Int32Array(memory.buffer, queue), 0) === 0);
      process.exit();
    })`;
    const { pool, run, isCorrect } = await poolWithPlan(scriptedHelper(exits));
    assert.deepEqual(pool.threads, { threads: 2 });
    run(); // the helper exits as soon as the first call is published
    assert.ok(isCorrect());
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

  it('stops its threads with the engine', async () => {
    const inner = sourceHelpers(3)!;
    let ended = 0;
    const start: Helpers['start'] = (onReply, onExit) =>
      inner.start(onReply, (reason) => {
        if (reason === 'A thread ended') ended++;
        onExit(reason);
      });
    const engine = await Engine.load(await openModelFromPath(MODEL), { backend: 'wasm', helpers: { count: 2, start } });
    assert.equal(engine.info().threads, 3);
    engine.dispose();
    await until(() => ended === 2);
    assert.deepEqual([engine.info().threads, engine.info().fewerThreads], [1, undefined]);
  });
});
