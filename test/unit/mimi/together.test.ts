/** Two streams in one pass of the codec's weights: each gets what it would get alone, to the last bit. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openModelFromPath } from '../../../src/cli/open-model-from-path.js';
import { enableRelaxedSimd } from '../../../src/cli/relaxed-simd.js';
import { SttError } from '../../../src/errors.js';
import type { Mimi, MimiStream } from '../../../src/mimi/mimi.js';
import { loadMimi } from '../../../src/mimi/mimi-wasm.js';
import type { Model } from '../../../src/model/model.js';
import { createWasmHost, supportedBuilds, type WasmBuild, type WasmHost } from '../../../src/wasm/host.js';
import { normals, random } from '../kernels/numbers.js';
import { sourceHelpers } from '../wasm/source-helpers.js';

enableRelaxedSimd();
const BUILDS = await supportedBuilds();
const DEMO = new URL('../../../models/demo-en_fr-q4_0.gguf', import.meta.url).pathname;

async function codecOf(build: WasmBuild, model: Model): Promise<{ host: WasmHost; mimi: Mimi }> {
  const host = await createWasmHost({ build });
  return { host, mimi: await loadMimi(host, model) };
}

/** The exact bits of a stream's last answer. */
const answer = ({ codes, latent }: MimiStream): string =>
  `${codes.join()} ${new Uint32Array(latent.slice().buffer).join()}`;

describe('two streams of the codec together', () => {
  for (const build of BUILDS) {
    it(`answers each as alone, begun at different times, in either seat (${build})`, async () => {
      const { mimi } = await codecOf(build, await openModelFromPath(DEMO));
      const next = random(3);
      const frames = Array.from({ length: 12 }, () => normals(next, mimi.frameSize, 0.2));
      const others = Array.from({ length: 12 }, () => normals(next, mimi.frameSize, 0.05));
      const expected = [frames, others].map((sound) => {
        const stream = mimi.open();
        return sound.map((pcm) => {
          stream.encode(pcm);
          return answer(stream);
        });
      });
      assert.notEqual(expected[0]![0], expected[1]![0]);
      const [a, b] = [mimi.open(), mimi.open()];
      const got: [string[], string[]] = [[], []];
      for (let i = 0; i < 3; i++) {
        a.encode(frames[i]!);
        got[0].push(answer(a));
      }
      for (let i = 0; i < 9; i++) {
        const [mine, yours] = [frames[i + 3]!, others[i]!];
        if (i % 3 === 2) mimi.encodeTogether([b, a], [yours, mine]);
        else mimi.encodeTogether([a, b], [mine, yours]);
        got[0].push(answer(a));
        got[1].push(answer(b));
      }
      for (let i = 9; i < 12; i++) {
        b.encode(others[i]!);
        got[1].push(answer(b));
      }
      assert.deepEqual(got, expected);
    });
  }

  it('shares the pass between threads without changing a bit', async () => {
    const model = await openModelFromPath(DEMO);
    const answers: string[][] = [];
    for (const threads of [1, 2]) {
      const host = await createWasmHost({ helpers: sourceHelpers(threads) });
      try {
        const mimi = await loadMimi(host, model);
        await host.pool?.started;
        assert.equal(host.pool?.threads.threads ?? 1, threads, host.pool?.threads.fewerThreads);
        const next = random(4);
        const [a, b] = [mimi.open(), mimi.open()];
        const got: string[] = [];
        for (let i = 0; i < 6; i++) {
          mimi.encodeTogether([a, b], [normals(next, mimi.frameSize, 0.1), normals(next, mimi.frameSize, 0.1)]);
          got.push(answer(a), answer(b));
        }
        answers.push(got);
      } finally {
        host.pool?.end();
      }
    }
    assert.deepEqual(answers[1], answers[0]);
  });

  it('allocates nothing, and gives a stream’s memory to the next', async () => {
    const { host, mimi } = await codecOf('simd', await openModelFromPath(DEMO));
    const [a, b] = [mimi.open(), mimi.open()];
    const bytes = host.arena.bytes;
    const pcm = new Float32Array(mimi.frameSize).fill(0.1);
    mimi.encodeTogether([a, b], [pcm, pcm]);
    const first = answer(b);
    b.close();
    const c = mimi.open();
    mimi.encodeTogether([a, c], [pcm, pcm]);
    assert.equal(answer(c), first);
    assert.equal(host.arena.bytes, bytes);
  });

  it('refuses a stream that is closed, a frame of another length and more streams than seats', async () => {
    const { mimi } = await codecOf('simd', await openModelFromPath(DEMO));
    const [a, b, c] = [mimi.open(), mimi.open(), mimi.open()];
    const pcm = new Float32Array(mimi.frameSize);
    const message = (pattern: RegExp) => (error: unknown) => error instanceof SttError && pattern.test(error.message);
    b.close();
    assert.throws(() => mimi.encodeTogether([a, b], [pcm, pcm]), message(/the stream is closed/));
    assert.throws(() => b.encode(pcm), message(/the stream is closed/));
    assert.throws(() => mimi.encodeTogether([a, c], [pcm, pcm.subarray(1)]), message(/1919 samples, expected 1920/));
    assert.throws(() => mimi.encodeTogether([a, c, a], [pcm, pcm, pcm]), message(/3 streams for 2 seats/));
  });
});
