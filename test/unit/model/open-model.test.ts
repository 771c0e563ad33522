/** Tests that the three layouts open as the same model. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openModel } from '../../../src/model/open-model.js';
import type { Model } from '../../../src/model/model.js';
import { memorySource } from '../../../src/bytes/memory.js';
import { bytesOf, DEMO_GGUF, editHeader, FIXTURES, officialFiles, offsetOf, tripleFiles } from './crafted-files.js';

/** The largest difference, relative to the largest value of `b`. */
function difference(a: Float32Array, b: Float32Array): number {
  assert.equal(a.length, b.length);
  let most = 0;
  let scale = 0;
  for (const [i, x] of b.entries()) {
    most = Math.max(most, Math.abs(a[i]! - x));
    scale = Math.max(scale, Math.abs(x));
  }
  return most / scale;
}

async function compare(a: Model, b: Model, tolerance: (name: string) => number): Promise<void> {
  for (const name of a.tensors.keys()) {
    const found = difference(await a.readTensorF32(name), await b.readTensorF32(name));
    assert.ok(found <= tolerance(name), `${name} differs by ${found}`);
  }
}

const LM = await bytesOf(new URL('case-a/model.safetensors', FIXTURES));
const MIMI = await bytesOf(new URL('case-a/mimi-pytorch-case.safetensors', FIXTURES));
const MIMI_F16 = await bytesOf(new URL('case-a/alt/mimi-encoder-f16.safetensors', FIXTURES));
const caseA = await openModel(await officialFiles('case-a'));

describe('openModel', () => {
  it('reads the config of an official folder', () => {
    assert.deepEqual(caseA.config.lm, {
      ...{ dim: 256, numLayers: 4, numHeads: 4, hidden: 704, nQ: 8, card: 64, textCard: 100, context: 24 },
      ...{ maxPeriod: 100_000, paddingToken: 3, endOfPaddingToken: 0, pauseHeads: 4, pauseClasses: 6 },
      ...{ audioDelaySeconds: 0.5, silencePrefixSeconds: 0 },
    });
    assert.deepEqual(caseA.config.mimi.seanet.strides, [4, 5, 6, 8]);
    assert.equal(caseA.config.mimi.downsampleStride, 2);
    assert.deepEqual(caseA.tensors.get('out_norm.alpha')?.shape, [256]);
    assert.equal(caseA.tensors.has('mimi.upsample.convtr.convtr.convtr.weight'), false);
  });

  it('gives the same config and tensors for a GGUF as for the folder it was converted from', async () => {
    const single = await openModel({ gguf: memorySource('demo.gguf', await bytesOf(DEMO_GGUF)) });
    const folder = await openModel(await officialFiles('demo'));
    assert.deepEqual(single.config, folder.config);
    assert.deepEqual(single.tokenizer, folder.tokenizer);
    assert.deepEqual([...single.tensors.keys()].sort(), [...folder.tensors.keys()].sort());
    // A Q4_0 block is off by half a step of an eighth of its extreme, or a whole one where it clips.
    await compare(single, folder, (name) => (single.tensors.get(name)?.type === 'q4_0' ? 1 / 7.9 : 0));
  });

  it('restores the row order of q and k in a Hugging Face codec', async () => {
    const triple = await openModel(await tripleFiles());
    assert.deepEqual(triple.config, { ...caseA.config, lm: { ...caseA.config.lm, pauseHeads: 0, pauseClasses: 0 } });
    assert.equal(triple.tensors.get('mimi.encoder.model.0.conv.conv.weight')?.type, 'f16');
    await compare(triple, caseA, (name) => (name.startsWith('mimi.') ? 2 ** -11 : 1 / 7.9));
  });

  it('accepts the newer names of the attention projections', async () => {
    const renamed = editHeader(LM, (header) => {
      for (const [name, entry] of [...header]) {
        const newer = name.replace('in_proj_weight', 'in_projs.0.weight').replace('out_proj.w', 'out_projs.0.w');
        if (newer === name) continue;
        header.set(newer, entry);
        header.delete(name);
      }
    });
    const model = await openModel(await officialFiles('case-a', { 'model.safetensors': renamed }));
    await compare(model, caseA, () => 0);
  });

  it('folds the weight norm of a codec', async () => {
    const name = 'encoder.model.0.conv.conv.weight'; // [8, 1, 7]
    const plain = await caseA.readTensorF32(`mimi.${name}`);
    const norms = Float32Array.from({ length: 8 }, (_, row) => Math.hypot(...plain.subarray(row * 7, row * 7 + 7)));
    const at = MIMI.length;
    const normed = editHeader(Uint8Array.from([...MIMI, ...new Uint8Array(norms.buffer)]), (header) => {
      header.set(`${name}_v`, header.get(name)!);
      const begin = at - (offsetOf(MIMI, name) - header.get(name)!.data_offsets[0]);
      header.set(`${name}_g`, { dtype: 'F32', shape: [8, 1, 1], data_offsets: [begin, begin + 32] });
      header.delete(name);
    });
    const model = await openModel(await officialFiles('case-a', { 'mimi-pytorch-case.safetensors': normed }));
    await compare(model, caseA, () => 1e-6);
    await assert.rejects(
      openModel(
        await officialFiles('case-a', {
          'mimi-pytorch-case.safetensors': editHeader(normed, (header) => {
            header.get(`${name}_g`)!.shape = [2, 4, 1];
            header.get(`${name}_v`)!.shape = [4, 2, 7];
          }),
        }),
      ),
      { code: 'model-mismatch', message: /weight_g is \[2, 4, 1\], expected \[4, 1, 1\]/ },
    );
  });

  it('opens a checkpoint without pause heads', async () => {
    const headless = editHeader(LM, (header) => {
      for (let i = 0; i < 4; i++) header.delete(`extra_heads.${i}.weight`);
    });
    const model = await openModel(await officialFiles('case-a', { 'model.safetensors': headless }));
    assert.equal(model.config.lm.pauseHeads, 0);
  });

  it('reads slices that equal the same part of the tensor', async () => {
    const name = 'mimi.encoder_transformer.transformer.layers.1.self_attn.in_proj_weight';
    for (const model of [caseA, await openModel(await tripleFiles())]) {
      const whole = await model.readTensor(name);
      assert.deepEqual(await model.readTensorSlice(name, 1024, 512), whole.slice(1024, 1536));
      // Across q, k and v, which are separate tensors under Hugging Face names.
      const third = whole.length / 3;
      const [from, length] = [third - 256, third + 512];
      assert.deepEqual(await model.readTensorSlice(name, from, length), whole.slice(from, from + length));
    }
  });

  it('requires mimi_config.json if shapes do not determine the number of heads', async () => {
    const { gguf, mimi, tokenizer } = await tripleFiles();
    const derived = await openModel({ gguf, mimi, tokenizer });
    assert.equal(derived.config.mimi.transformer.numHeads, 1); // 64 wide, as in the published codec
    const narrow = editHeader(MIMI_F16, (header) => {
      header.get('encoder_transformer.layers.0.mlp.fc1.weight')!.shape = [256, 32];
    });
    await assert.rejects(openModel({ gguf, mimi: memorySource('mimi.safetensors', narrow), tokenizer }), {
      code: 'model-mismatch',
      message: /mimi\.safetensors: .*width 32 .*mimi_config\.json/,
    });
  });
});
