import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { openModelFromDirectory, openModelFromPath } from '../../../../src/cli/open-model-from-path.js';
import { enableRelaxedSimd } from '../../../../src/cli/relaxed-simd.js';
import { SttError } from '../../../../src/errors.js';
import { loadWasmLm, type WasmLanguageModel } from '../../../../src/lm/wasm/wasm-lm.js';
import { createWasmHost, type WasmHost } from '../../../../src/wasm/host.js';

enableRelaxedSimd();
const MODEL = new URL('../../../../models/demo-en_fr-q4_0.gguf', import.meta.url).pathname;

/** A stream that keeps what it was told, each result as one string of exact numbers. */
function listen(lm: WasmLanguageModel): {
  told: string[];
  push: (t: number) => void;
  stream: ReturnType<WasmLanguageModel['open']>;
} {
  const told: string[] = [];
  const stream = lm.open(({ step, token, probability, pause }) =>
    told.push([step, token, probability, ...pause].join()),
  );
  const { nQ, card } = lm.config;
  const push = (seed: number): void => {
    const isFirst = stream.steps === 0;
    stream.push(
      isFirst ? null : Uint32Array.from({ length: nQ }, (_, q) => (seed * 131 + stream.steps * 37 + q * 17) % card),
    );
  };
  return { told, push, stream };
}

for (const build of ['simd', 'relaxed'] as const) {
  describe(`streams that step together on the CPU (${build})`, () => {
    let host: WasmHost;
    let lm: WasmLanguageModel;
    /** What each of seven streams is told when it runs alone, step by step. */
    const alone: string[][] = [];
    before(async () => {
      host = await createWasmHost({ build });
      lm = await loadWasmLm(host, await openModelFromPath(MODEL));
      for (let seed = 0; seed < 7; seed++) {
        const { told, push, stream } = listen(lm);
        for (let t = 0; t < 20; t++) {
          push(seed);
          lm.flush();
        }
        alone.push(told);
        stream.close();
      }
    });

    it('say what each says alone, to the last bit, however many there are', () => {
      for (const count of [1, 2, 3, 4, 5, 7]) {
        const streams = Array.from({ length: count }, () => listen(lm));
        for (let t = 0; t < 20; t++) {
          for (const [seed, { push }] of streams.entries()) push(seed);
          lm.flush();
        }
        for (const [seed, { told, stream }] of streams.entries()) {
          assert.deepEqual(told, alone[seed], `stream ${seed} of ${count}`);
          stream.close();
        }
      }
    });

    it('join and leave between any two flushes, and are not heard before one', () => {
      const [a, b, c] = [listen(lm), listen(lm), listen(lm)];
      a.push(0);
      assert.equal(a.stream.pending, 1);
      assert.deepEqual(a.told, []);
      lm.flush();
      assert.equal(a.stream.pending, 0);
      for (let t = 0; t < 6; t++) {
        a.push(0);
        b.push(1);
        if (t % 2 === 0) c.push(2);
        lm.flush();
      }
      b.stream.close();
      const d = listen(lm); // takes the rings that b left
      for (let t = 0; t < 5; t++) {
        a.push(0);
        d.push(3);
        lm.flush();
      }
      for (const [{ told, stream }, seed, steps] of [
        [a, 0, 12],
        [b, 1, 6],
        [c, 2, 3],
        [d, 3, 5],
      ] as const) {
        assert.deepEqual(told, alone[seed]!.slice(0, steps));
        assert.equal(stream.steps, steps);
        stream.close();
      }
    });

    it('run in the order they were pushed, as many as wait', async () => {
      const [a, b] = [listen(lm), listen(lm)];
      for (let t = 0; t < 11; t++) a.push(4);
      for (let t = 0; t < 2; t++) b.push(5);
      assert.equal(a.stream.pending, 11);
      await b.stream.settled();
      assert.deepEqual(a.told, alone[4]!.slice(0, 11));
      assert.deepEqual(b.told, alone[5]!.slice(0, 2));
      a.stream.close();
      b.stream.close();
    });

    it('begin anew after a reset, which drops what waits', () => {
      const a = listen(lm);
      for (let t = 0; t < 3; t++) a.push(6);
      lm.flush();
      a.push(6);
      a.stream.reset();
      assert.deepEqual([a.stream.steps, a.stream.pending], [0, 0]);
      a.told.length = 0;
      for (let t = 0; t < 4; t++) a.push(6);
      lm.flush();
      assert.deepEqual(a.told, alone[6]!.slice(0, 4));
      a.stream.close();
    });

    it('may be closed by the sink of another, and are told nothing then', () => {
      const told: string[] = [];
      const first = lm.open(() => {
        told.push('first');
        second.close();
        lm.flush(); // does nothing: a flush is under way
      });
      const second = lm.open(() => told.push('second'));
      first.push(null);
      second.push(null);
      lm.flush();
      assert.deepEqual(told, ['first']);
      assert.throws(
        () => second.push(null),
        (error) => error instanceof SttError && error.code === 'invalid-state',
      );
      first.close();
    });

    it('fail one by one: a stream without a finite logit leaves the others alone', async () => {
      const floats = await openModelFromDirectory(new URL('../../../fixtures/case-a/', import.meta.url).pathname);
      const other = await loadWasmLm(host, floats);
      const [a, b, undisturbed] = [listen(other), listen(other), listen(other)];
      for (let t = 0; t < 2; t++) {
        if (t === 1) host.arena.f32.fill(NaN, a.stream.rings / 4, a.stream.rings / 4 + 4096);
        for (const { push } of [a, b, undisturbed]) push(0);
        other.flush();
      }
      assert.equal(a.told.length, 1);
      assert.equal(b.told.length, 2);
      assert.deepEqual(b.told, undisturbed.told);
      const isFailure = (error: unknown): boolean => error instanceof SttError && error.code === 'model-invalid';
      await assert.rejects(a.stream.settled(), isFailure);
      assert.throws(() => a.push(0), isFailure);
      await b.stream.settled();
    });

    it('take no memory for a step', () => {
      const streams = Array.from({ length: 4 }, () => listen(lm));
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
