/** Two streams in one pass of the codec's weights: each gets what it would get alone, to the last bit. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openModelFromPath } from '../../../src/cli/open-model-from-path.js';
import { enableRelaxedSimd } from '../../../src/cli/relaxed-simd.js';
import { SttError } from '../../../src/errors.js';
import type { Mimi, MimiStream } from '../../../src/mimi/mimi.js';
import { loadMimi } from '../../../src/mimi/mimi-wasm.js';
import type { MimiConfig } from '../../../src/model/config.js';
import { mimiShapes } from '../../../src/model/expected-shapes.js';
import type { Model } from '../../../src/model/model.js';
import { createWasmHost, supportedBuilds, type WasmBuild, type WasmHost } from '../../../src/wasm/host.js';
import { config as fakeConfig } from '../engine/fake-model.js';
import { normals, random } from '../kernels/numbers.js';
import { sourceHelpers } from '../wasm/source-helpers.js';

enableRelaxedSimd();
const BUILDS = await supportedBuilds();
const DEMO = new URL('../../../models/demo-en_fr-q4_0.gguf', import.meta.url).pathname;

async function codecOf(build: WasmBuild, model: Model): Promise<{ host: WasmHost; mimi: Mimi }> {
  const host = await createWasmHost({ build });
  return { host, mimi: await loadMimi(host, model) };
}

/** A codec of these numbers, with weights at random. */
function codecAtRandom(mimi: MimiConfig): Model {
  const next = random(9);
  const tensors = [...mimiShapes(mimi)].map(([name, shape]) => {
    const count = shape.reduce((product, n) => product * n, 1);
    const fan = shape.slice(1).reduce((product, n) => product * n, 1);
    const values = normals(next, count, shape.length > 1 ? 1 / Math.sqrt(fan) : 0.5);
    const info = { name: `mimi.${name}`, shape, type: 'f32', byteLength: 4 * count, file: 'random' } as const;
    return { info, values: name.endsWith('cluster_usage') ? values.fill(1) : values };
  });
  const read = (name: string): Float32Array<ArrayBuffer> =>
    tensors.find(({ info }) => info.name === name)!.values.slice();
  const refuse = (): never => assert.fail('only f32 is read');
  return {
    name: 'random',
    config: { ...fakeConfig, mimi, lm: { ...fakeConfig.lm, nQ: mimi.quantizer.nQ } },
    tensors: new Map(tensors.map(({ info }) => [info.name, info])),
    tokenizer: new Uint8Array(),
    readTensor: refuse,
    readTensorSlice: refuse,
    readTensorF32: (name) => Promise.resolve(read(name)),
  };
}

/** Numbers of other codecs: T steps of 25 Hz and more a frame, and widths that fill no vector. */
const OTHERS: readonly (readonly [what: string, strides: number[], dimension: number, nQ: number])[] = [
  ['four steps a frame', [4, 6, 10, 2], 24, 3],
  ['three steps a frame, odd widths', [4, 5, 8, 4], 22, 2],
  ['sixteen steps a frame, one codebook', [5, 6, 4], 40, 1],
  ['one step a frame', [6, 5, 8, 8], 18, 2],
];

function configOf(strides: number[], dimension: number, nQ: number): MimiConfig {
  const downsampleStride = 1920 / strides.reduce((product, n) => product * n, 1);
  return {
    sampleRate: 24_000,
    frameRate: 12.5,
    ...{ downsampleStride, quantizer: { dimension: 7, nQ, bins: 37 } },
    seanet: {
      ...{ nFilters: 6, dimension, kernelSize: 7, residualKernelSize: 3, lastKernelSize: 3, compress: 2 },
      strides,
    },
    transformer: { dim: dimension, numHeads: 1, numLayers: 2, context: 21, maxPeriod: 10_000, hidden: 3 * dimension },
  };
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
        if (i % 3 === 2) mimi.encodeBatch([b, a], [yours, mine]);
        else mimi.encodeBatch([a, b], [mine, yours]);
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

  for (const [what, strides, dimension, nQ] of OTHERS) {
    it(`answers each as alone in a codec of ${what}`, async () => {
      const { mimi } = await codecOf('simd', codecAtRandom(configOf(strides, dimension, nQ)));
      const next = random(5);
      const sounds = [0, 1].map(() => Array.from({ length: 12 }, () => normals(next, mimi.frameSize, 0.3)));
      const expected = sounds.map((sound) => {
        const stream = mimi.open();
        return sound.map((pcm) => {
          stream.encode(pcm);
          return answer(stream);
        });
      });
      assert.notEqual(expected[0]![0], expected[1]![0]);
      const pair = [mimi.open(), mimi.open()];
      for (let i = 0; i < 12; i++) {
        mimi.encodeBatch(
          pair,
          sounds.map((sound) => sound[i]!),
        );
        assert.deepEqual(
          pair.map(answer),
          expected.map((each) => each[i]),
          `frame ${i}`,
        );
      }
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
          mimi.encodeBatch([a, b], [normals(next, mimi.frameSize, 0.1), normals(next, mimi.frameSize, 0.1)]);
          got.push(answer(a), answer(b));
        }
        answers.push(got);
      } finally {
        host.pool?.stop();
      }
    }
    assert.deepEqual(answers[1], answers[0]);
  });

  it('allocates nothing, and gives a stream’s memory to the next', async () => {
    const { host, mimi } = await codecOf('simd', await openModelFromPath(DEMO));
    const [a, b] = [mimi.open(), mimi.open()];
    const bytes = host.arena.bytes;
    const pcm = new Float32Array(mimi.frameSize).fill(0.1);
    mimi.encodeBatch([a, b], [pcm, pcm]);
    const first = answer(b);
    b.close();
    const c = mimi.open();
    mimi.encodeBatch([a, c], [pcm, pcm]);
    assert.equal(answer(c), first);
    assert.equal(host.arena.bytes, bytes);
  });

  it('refuses a stream that is closed, a frame of another length and more streams than seats', async () => {
    const { mimi } = await codecOf('simd', await openModelFromPath(DEMO));
    const [a, b, c] = [mimi.open(), mimi.open(), mimi.open()];
    const pcm = new Float32Array(mimi.frameSize);
    const message = (pattern: RegExp) => (error: unknown) => error instanceof SttError && pattern.test(error.message);
    b.close();
    assert.throws(() => mimi.encodeBatch([a, b], [pcm, pcm]), message(/the stream is closed/));
    assert.throws(() => b.encode(pcm), message(/the stream is closed/));
    assert.throws(() => mimi.encodeBatch([a, c], [pcm, pcm.subarray(1)]), message(/1919 samples, expected 1920/));
    assert.throws(() => mimi.encodeBatch([a, c, a], [pcm, pcm, pcm]), message(/3 streams for 2 seats/));
  });
});
