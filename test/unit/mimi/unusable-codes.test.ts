/** Tests that a codec that was cast to f16 whole loads although some of its codebook entries were lost. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { before, describe, it } from 'node:test';
import { Engine } from '../../../src/engine/engine.js';
import { loadMimi } from '../../../src/mimi/mimi-wasm.js';
import { openModel } from '../../../src/model/open-model.js';
import type { Model } from '../../../src/model/model.js';
import { createWasmHost } from '../../../src/wasm/host.js';
import { readGolden } from '../conformance/golden.js';
import { bytesOf, FIXTURES, offsetOf, tripleFiles } from '../model/crafted-files.js';

const FRAMES = 40;
const BINS = 64;
const SEMANTIC = 'quantizer.semantic_residual_vector_quantizer.layers.0.codebook.';
const INFINITY = 0x7c00;

describe('a codec in f16 with lost codebook entries', () => {
  let codec: Uint8Array<ArrayBuffer>;
  /** [frames, 8] */
  let golden: number[];
  let unused: number;
  let used: number;
  before(async () => {
    codec = await bytesOf(new URL('case-a/alt/mimi-encoder-f16.safetensors', FIXTURES));
    const expected = await readGolden(new URL('case-a/alt/expected_alt.safetensors', FIXTURES));
    golden = Array.from(expected('codes_f16mimi')).slice(0, FRAMES * 8);
    const semantic = new Set(golden.filter((_, i) => i % 8 === 0));
    unused = Array.from({ length: BINS }, (_, code) => code).find((code) => !semantic.has(code))!;
    used = golden[0]!;
  });

  /** The model with f16 numbers of the semantic codebook replaced: [tensor, element, bits]. */
  async function damaged(...changes: readonly (readonly [string, number, number])[]): Promise<Model> {
    const bytes = Uint8Array.from(codec);
    const view = new DataView(bytes.buffer);
    for (const [tensor, at, bits] of changes) view.setUint16(offsetOf(codec, SEMANTIC + tensor) + 2 * at, bits, true);
    return openModel(await tripleFiles({ 'mimi-encoder-f16.safetensors': bytes }));
  }

  async function codesOf(model: Model): Promise<[number[], number | undefined]> {
    const mimi = await loadMimi(await createWasmHost({ build: 'simd' }), model);
    const wav = await readFile(new URL('case-a/input.wav', FIXTURES));
    const stream = mimi.open();
    const codes: number[] = [];
    const pcm = new Float32Array(mimi.frameSize);
    for (let frame = 0; frame < FRAMES; frame++) {
      for (let i = 0; i < pcm.length; i++) pcm[i] = wav.readInt16LE(44 + 2 * (frame * pcm.length + i)) / 32768;
      codes.push(...stream.encode(pcm));
    }
    return [codes, mimi.unusableCodes];
  }

  it('has the same codes if they were not used, and counts them', async () => {
    const [codes, lost] = await codesOf(await damaged(['embed_sum', unused * 32 + 5, INFINITY]));
    assert.deepEqual(codes, golden);
    assert.equal(lost, 1);
    assert.deepEqual(await codesOf(await damaged()), [golden, 0]);
  });

  it('never chooses an entry whose sum or usage is not finite', async () => {
    for (const change of [
      ['embed_sum', used * 32, INFINITY],
      ['cluster_usage', used, INFINITY],
    ] as const) {
      const [codes, lost] = await codesOf(await damaged(change));
      const semantic = codes.filter((_, i) => i % 8 === 0);
      assert.ok(!semantic.includes(used) && semantic.every((code) => code < BINS), change.join(' '));
      assert.equal(lost, 1);
      // The acoustic codes do not depend on the semantic one.
      assert.deepEqual(
        codes.filter((_, i) => i % 8 !== 0),
        golden.filter((_, i) => i % 8 !== 0),
      );
    }
  });

  it('is reported by the engine', async () => {
    const load = async (model: Model): Promise<number | undefined> => {
      const engine = await Engine.load(model, { backend: 'wasm' });
      const { unusableCodes } = engine.info();
      engine.dispose();
      return unusableCodes;
    };
    assert.equal(await load(await damaged(['embed_sum', 0, INFINITY], ['cluster_usage', 7, INFINITY])), 2);
    assert.equal(await load(await damaged()), undefined);
  });

  it('is refused if a whole codebook is lost', async () => {
    const all = Array.from({ length: BINS }, (_, code) => ['cluster_usage', code, INFINITY] as const);
    await assert.rejects(codesOf(await damaged(...all)), {
      code: 'model-invalid',
      message: /rvq_first\.vq\.layers\.0\._codebook has no usable entry, expected 64/,
    });
  });
});
