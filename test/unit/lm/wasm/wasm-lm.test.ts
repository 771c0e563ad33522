/** Streams of the language model on the CPU, alone and together. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { openModelFromDirectory, openModelFromPath } from '../../../../src/cli/open-model-from-path.js';
import { enableRelaxedSimd } from '../../../../src/cli/relaxed-simd.js';
import { SttError } from '../../../../src/errors.js';
import { loadWasmLm, type WasmLanguageModel } from '../../../../src/lm/wasm/wasm-lm.js';
import { createWasmHost, type WasmHost } from '../../../../src/wasm/host.js';

enableRelaxedSimd();
const MODEL = new URL('../../../../models/demo-en_fr-q4_0.gguf', import.meta.url).pathname;

/** Opens a stream that records its results, each as one string of exact numbers. */
function record(lm: WasmLanguageModel): {
  results: string[];
  push: (t: number) => void;
  stream: ReturnType<WasmLanguageModel['open']>;
} {
  const results: string[] = [];
  const stream = lm.open(({ step, token, probability, pause }) =>
    results.push([step, token, probability, ...pause].join()),
  );
  const { nQ, card } = lm.config;
  const push = (seed: number): void => {
    const isFirst = stream.steps === 0;
    stream.push(
      isFirst ? null : Uint32Array.from({ length: nQ }, (_, q) => (seed * 131 + stream.steps * 37 + q * 17) % card),
    );
  };
  return { results, push, stream };
}

for (const build of ['simd', 'relaxed'] as const) {
  describe(`streams of the language model on the CPU (${build})`, () => {
    let host: WasmHost;
    let lm: WasmLanguageModel;
    /** The results of each of seven streams that run alone, step by step. */
    const alone: string[][] = [];
    before(async () => {
      host = await createWasmHost({ build });
      lm = await loadWasmLm(host, await openModelFromPath(MODEL));
      for (let seed = 0; seed < 7; seed++) {
        const { results, push, stream } = record(lm);
        for (let t = 0; t < 20; t++) {
          push(seed);
          lm.flush();
        }
        alone.push(results);
        stream.close();
      }
    });

    it('give the same bits together as alone, for any number of streams', () => {
      for (const count of [1, 2, 3, 4, 5, 7]) {
        const streams = Array.from({ length: count }, () => record(lm));
        for (let t = 0; t < 20; t++) {
          for (const [seed, { push }] of streams.entries()) push(seed);
          lm.flush();
        }
        for (const [seed, { results, stream }] of streams.entries()) {
          assert.deepEqual(results, alone[seed], `stream ${seed} of ${count}`);
          stream.close();
        }
      }
    });

    it('can open and close between any two flushes, and give no results before one', () => {
      const [a, b, c] = [record(lm), record(lm), record(lm)];
      a.push(0);
      assert.equal(a.stream.pending, 1);
      assert.deepEqual(a.results, []);
      lm.flush();
      assert.equal(a.stream.pending, 0);
      for (let t = 0; t < 6; t++) {
        a.push(0);
        b.push(1);
        if (t % 2 === 0) c.push(2);
        lm.flush();
      }
      b.stream.close();
      const d = record(lm); // reuses the rings of b
      for (let t = 0; t < 5; t++) {
        a.push(0);
        d.push(3);
        lm.flush();
      }
      for (const [{ results, stream }, seed, steps] of [
        [a, 0, 12],
        [b, 1, 6],
        [c, 2, 3],
        [d, 3, 5],
      ] as const) {
        assert.deepEqual(results, alone[seed]!.slice(0, steps));
        assert.equal(stream.steps, steps);
        stream.close();
      }
    });

    it('run all queued steps in the order of their pushes', async () => {
      const [a, b] = [record(lm), record(lm)];
      for (let t = 0; t < 11; t++) a.push(4);
      for (let t = 0; t < 2; t++) b.push(5);
      assert.equal(a.stream.pending, 11);
      await b.stream.settled();
      assert.deepEqual(a.results, alone[4]!.slice(0, 11));
      assert.deepEqual(b.results, alone[5]!.slice(0, 2));
      a.stream.close();
      b.stream.close();
    });

    it('restart after a reset, which drops queued steps', () => {
      const a = record(lm);
      for (let t = 0; t < 3; t++) a.push(6);
      lm.flush();
      a.push(6);
      a.stream.reset();
      assert.deepEqual([a.stream.steps, a.stream.pending], [0, 0]);
      a.results.length = 0;
      for (let t = 0; t < 4; t++) a.push(6);
      lm.flush();
      assert.deepEqual(a.results, alone[6]!.slice(0, 4));
      a.stream.close();
    });

    it('can be closed by the sink of another stream, and then give no results', () => {
      const results: string[] = [];
      const first = lm.open(() => {
        results.push('first');
        second.close();
        lm.flush(); // does nothing: a flush is running
      });
      const second = lm.open(() => results.push('second'));
      first.push(null);
      second.push(null);
      lm.flush();
      assert.deepEqual(results, ['first']);
      assert.throws(
        () => second.push(null),
        (error) => error instanceof SttError && error.code === 'invalid-state',
      );
      first.close();
    });

    it('continue when another stream fails for want of a finite logit', async () => {
      const floats = await openModelFromDirectory(new URL('../../../fixtures/case-a/', import.meta.url).pathname);
      const other = await loadWasmLm(host, floats);
      const [a, b, undisturbed] = [record(other), record(other), record(other)];
      for (let t = 0; t < 2; t++) {
        if (t === 1) host.arena.f32.fill(NaN, a.stream.rings / 4, a.stream.rings / 4 + 4096);
        for (const { push } of [a, b, undisturbed]) push(0);
        other.flush();
      }
      assert.equal(a.results.length, 1);
      assert.equal(b.results.length, 2);
      assert.deepEqual(b.results, undisturbed.results);
      const isFailure = (error: unknown): boolean => error instanceof SttError && error.code === 'model-invalid';
      await assert.rejects(a.stream.settled(), isFailure);
      assert.throws(() => a.push(0), isFailure);
      await b.stream.settled();
    });

    it('allocate no memory for a step', () => {
      const streams = Array.from({ length: 4 }, () => record(lm));
      const bytes = host.arena.bytes;
      for (let t = 0; t < 3; t++) {
        for (const [seed, { push }] of streams.entries()) push(seed);
        lm.flush();
      }
      assert.equal(host.arena.bytes, bytes);
      for (const { stream } of streams) stream.close();
    });
  });
}
