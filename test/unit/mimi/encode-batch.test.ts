/** `encodeBatch`: two streams encoded as a batch get the same bits as streams encoded alone. */
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

/** A codec of this configuration with random weights. */
function randomCodec(mimi: MimiConfig): Model {
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

/** Other configurations: one to sixteen transformer steps per frame, widths that are no multiple of a vector. */
const OTHERS: readonly (readonly [what: string, strides: number[], dimension: number, nQ: number])[] = [
  ['four steps per frame', [4, 6, 10, 2], 24, 3],
  ['three steps per frame, odd widths', [4, 5, 8, 4], 22, 2],
  ['sixteen steps per frame, one codebook', [5, 6, 4], 40, 1],
  ['one step per frame', [6, 5, 8, 8], 18, 2],
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

/** The exact bits of a stream's last codes and latent. */
const outputBits = ({ codes, latent }: MimiStream): string =>
  `${codes.join()} ${new Uint32Array(latent.slice().buffer).join()}`;

describe('two streams in a batch', () => {
  for (const build of BUILDS) {
    it(`match streams encoded alone, started at different times, in either slot (${build})`, async () => {
      const { mimi } = await codecOf(build, await openModelFromPath(DEMO));
      const next = random(3);
      const frames = Array.from({ length: 12 }, () => normals(next, mimi.frameSize, 0.2));
      const others = Array.from({ length: 12 }, () => normals(next, mimi.frameSize, 0.05));
      const expected = [frames, others].map((input) => {
        const stream = mimi.open();
        return input.map((pcm) => {
          stream.encode(pcm);
          return outputBits(stream);
        });
      });
      assert.notEqual(expected[0]![0], expected[1]![0]);
      const [a, b] = [mimi.open(), mimi.open()];
      const got: [string[], string[]] = [[], []];
      for (let i = 0; i < 3; i++) {
        a.encode(frames[i]!);
        got[0].push(outputBits(a));
      }
      for (let i = 0; i < 9; i++) {
        const [mine, yours] = [frames[i + 3]!, others[i]!];
        if (i % 3 === 2) mimi.encodeBatch([b, a], [yours, mine]);
        else mimi.encodeBatch([a, b], [mine, yours]);
        got[0].push(outputBits(a));
        got[1].push(outputBits(b));
      }
      for (let i = 9; i < 12; i++) {
        b.encode(others[i]!);
        got[1].push(outputBits(b));
      }
      assert.deepEqual(got, expected);
    });
  }

  for (const [what, strides, dimension, nQ] of OTHERS) {
    it(`match streams encoded alone in a codec of ${what}`, async () => {
      const { mimi } = await codecOf('simd', randomCodec(configOf(strides, dimension, nQ)));
      const next = random(5);
      const inputs = [0, 1].map(() => Array.from({ length: 12 }, () => normals(next, mimi.frameSize, 0.3)));
      const expected = inputs.map((input) => {
        const stream = mimi.open();
        return input.map((pcm) => {
          stream.encode(pcm);
          return outputBits(stream);
        });
      });
      assert.notEqual(expected[0]![0], expected[1]![0]);
      const pair = [mimi.open(), mimi.open()];
      for (let i = 0; i < 12; i++) {
        mimi.encodeBatch(
          pair,
          inputs.map((input) => input[i]!),
        );
        assert.deepEqual(
          pair.map(outputBits),
          expected.map((each) => each[i]),
          `frame ${i}`,
        );
      }
    });
  }

  it('give the same bits on two threads as on one', async () => {
    const model = await openModelFromPath(DEMO);
    const results: string[][] = [];
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
          got.push(outputBits(a), outputBits(b));
        }
        results.push(got);
      } finally {
        host.pool?.stop();
      }
    }
    assert.deepEqual(results[1], results[0]);
  });

  it('allocate no memory, and a new stream reuses that of a closed one', async () => {
    const { host, mimi } = await codecOf('simd', await openModelFromPath(DEMO));
    const [a, b] = [mimi.open(), mimi.open()];
    const bytes = host.arena.bytes;
    const pcm = new Float32Array(mimi.frameSize).fill(0.1);
    mimi.encodeBatch([a, b], [pcm, pcm]);
    const first = outputBits(b);
    b.close();
    const c = mimi.open();
    mimi.encodeBatch([a, c], [pcm, pcm]);
    assert.equal(outputBits(c), first);
    assert.equal(host.arena.bytes, bytes);
  });

  it('are rejected if a stream is closed, a frame has the wrong length, or there are more streams than slots', async () => {
    const { mimi } = await codecOf('simd', await openModelFromPath(DEMO));
    const [a, b, c] = [mimi.open(), mimi.open(), mimi.open()];
    const pcm = new Float32Array(mimi.frameSize);
    const message = (pattern: RegExp) => (error: unknown) => error instanceof SttError && pattern.test(error.message);
    b.close();
    assert.throws(() => mimi.encodeBatch([a, b], [pcm, pcm]), message(/the stream is closed/));
    assert.throws(() => b.encode(pcm), message(/the stream is closed/));
    assert.throws(() => mimi.encodeBatch([a, c], [pcm, pcm.subarray(1)]), message(/1919 samples, expected 1920/));
    assert.throws(() => mimi.encodeBatch([a, c, a], [pcm, pcm, pcm]), message(/3 streams, expected 1 … 2/));
  });
});
