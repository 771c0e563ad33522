/** Tests that errors in model files name the file, the tensor or field, the value found and the value expected. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { f32ToF16 } from '../../../kernels/reference/f16.js';
import { readGguf } from '../../../src/model/gguf.js';
import { openModel } from '../../../src/model/open-model.js';
import { memorySource } from '../../../src/bytes/memory.js';
import {
  bytesOf,
  DEMO_GGUF,
  editHeader,
  editJson,
  FIXTURES,
  officialFiles,
  offsetOf,
  tripleFiles,
} from './crafted-files.js';

const LM = await bytesOf(new URL('case-a/model.safetensors', FIXTURES));
const MIMI = await bytesOf(new URL('case-a/mimi-pytorch-case.safetensors', FIXTURES));
const MIMI_F16 = await bytesOf(new URL('case-a/alt/mimi-encoder-f16.safetensors', FIXTURES));
const CONFIG = await bytesOf(new URL('case-a/config.json', FIXTURES));
const MIMI_CONFIG = await bytesOf(new URL('case-a/mimi_config.json', FIXTURES));

/** mimi_config.json with some values of one part changed. */
function editMimi(part: 'seanet' | 'transformer', changes: Readonly<Record<string, unknown>>): Uint8Array<ArrayBuffer> {
  const config = JSON.parse(new TextDecoder().decode(MIMI_CONFIG)) as Record<string, Record<string, unknown>>;
  return editJson(MIMI_CONFIG, { [part]: { ...config[part], ...changes } });
}

describe('openModel with invalid files', () => {
  const codebook = 'quantizer.rvq_rest.vq.layers.6._codebook.embedding_sum';
  const cases: readonly (readonly [string, string, Uint8Array<ArrayBuffer>, string, RegExp])[] = [
    [
      'a missing tensor',
      'model.safetensors',
      editHeader(LM, (h) => h.delete('emb.7.weight')),
      'model-invalid',
      /^model\.safetensors: tensor emb\.7\.weight is missing, expected \[65, 256\]/,
    ],
    [
      'a missing codec tensor',
      'mimi-pytorch-case.safetensors',
      editHeader(MIMI, (h) => h.delete(codebook)),
      'model-invalid',
      /^mimi-pytorch-case\.safetensors: tensor quantizer.*6.* is missing, expected \[64, 32\]/,
    ],
    [
      'a missing first layer',
      'model.safetensors',
      editHeader(LM, (h) => h.delete('transformer.layers.0.gating.linear_out.weight')),
      'model-invalid',
      /^model\.safetensors: tensor transformer\.layers\.0\.gating\.linear_out\.weight is missing/,
    ],
    [
      'a transposed matrix',
      'model.safetensors',
      editHeader(LM, (h) => (h.get('transformer.layers.2.gating.linear_in.weight')!.shape = [256, 1408])),
      'model-mismatch',
      /^model\.safetensors: tensor transformer\.layers\.2\.gating\.linear_in\.weight is \[256, 1408\], expected \[1408, 256\]/,
    ],
    [
      'an unsupported type',
      'model.safetensors',
      editHeader(LM, (h) => (h.get('text_emb.weight')!.dtype = 'I16')),
      'model-mismatch',
      /^model\.safetensors: tensor text_emb\.weight is I16, expected F32/,
    ],
    ['a config that is not JSON', 'config.json', new Uint8Array(9), 'model-invalid', /^config\.json: not JSON/],
    [
      'delays that are not all 0',
      'config.json',
      editJson(CONFIG, { delays: [0, 1] }),
      'model-mismatch',
      /^config\.json: delays is \[0, 1\], expected all 0/,
    ],
    [
      'a depth transformer',
      'config.json',
      editJson(CONFIG, { dep_q: 8 }),
      'model-mismatch',
      /^config\.json: dep_q is 8, expected 0/,
    ],
    [
      'heads of odd width',
      'config.json',
      editJson(CONFIG, { num_heads: 256 }),
      'model-invalid',
      /^config\.json: num_heads is 256, expected a number that divides 256 into heads of even width/,
    ],
    [
      'a width out of range',
      'config.json',
      editJson(CONFIG, { dim: 1e12 }),
      'model-invalid',
      /^config\.json: dim is 1000000000000, expected a whole number from 1 to 16384/,
    ],
    [
      'a width that is not a number',
      'config.json',
      editJson(CONFIG, { dim: '256' }),
      'model-invalid',
      /^config\.json: dim is "256"/,
    ],
    [
      'a file name that leads out of the folder',
      'config.json',
      editJson(CONFIG, { tokenizer_name: '../secret' }),
      'model-invalid',
      /^config\.json: tokenizer_name is "\.\.\/secret", expected a file name/,
    ],
    [
      'a codec without downsampling',
      'mimi_config.json',
      editMimi('seanet', { ratios: [8, 8, 6, 5] }),
      'model-mismatch',
      /^mimi_config\.json: seanet\.ratios multiply to 1920, expected a divisor of 1920 below it/,
    ],
    [
      'a window shorter than one frame',
      'mimi_config.json',
      editMimi('transformer', { context: 1 }),
      'model-invalid',
      /^mimi_config\.json: transformer\.context is 1, expected .*2/,
    ],
    [
      'more codebooks than the codec has',
      'mimi_config.json',
      editJson(MIMI_CONFIG, { quantizer: { dimension: 32, n_q: 4, bins: 64 } }),
      'model-invalid',
      /^mimi_config\.json: quantizer\.n_q is 4, expected a whole number from 8/,
    ],
    [
      'codebooks of another size than the embeddings',
      'mimi_config.json',
      editJson(MIMI_CONFIG, { quantizer: { dimension: 32, n_q: 8, bins: 128 } }),
      'model-mismatch',
      /codebooks have 128 entries, model\.safetensors expects 64/,
    ],
    [
      'another sample rate',
      'mimi_config.json',
      editJson(MIMI_CONFIG, { sample_rate: 16_000 }),
      'model-mismatch',
      /^mimi_config\.json: sample_rate is 16000, expected 24000/,
    ],
  ];
  for (const [what, name, file, code, message] of cases) {
    it(`reports ${what}`, async () => {
      const files = await officialFiles('case-a', { [name]: file });
      await assert.rejects(openModel(files), { name: 'SttError', code, message });
    });
  }

  it('reports a codec without a config whose shapes differ from the published one', async () => {
    const config = editJson(CONFIG, { mimi_config_name: null });
    await assert.rejects(openModel(await officialFiles('case-a', { 'config.json': config })), {
      code: 'model-mismatch',
      message: /mimi-pytorch-case\.safetensors: .*(64|2048)/,
    });
  });

  it('reports that a third-party GGUF needs its codec and tokenizer', async () => {
    const { gguf } = await tripleFiles();
    await assert.rejects(openModel({ gguf }), { code: 'model-mismatch', message: /codec and tokenizer/ });
  });

  it('names the tensor and the element of a NaN or infinity in f32, f16 and bf16', async () => {
    const f32 = MIMI.slice();
    new DataView(f32.buffer).setFloat32(offsetOf(f32, 'encoder.model.0.conv.conv.weight') + 8, NaN, true);
    const bf16 = LM.slice();
    new DataView(bf16.buffer).setUint16(offsetOf(bf16, 'text_emb.weight') + 6, 0xff80, true); // -infinity
    const official = await openModel(
      await officialFiles('case-a', { 'model.safetensors': bf16, 'mimi-pytorch-case.safetensors': f32 }),
    );
    const f16 = MIMI_F16.slice();
    new DataView(f16.buffer).setUint16(offsetOf(f16, 'encoder.layers.0.conv.bias') + 2, f32ToF16(NaN), true);
    const triple = await openModel(await tripleFiles({ 'mimi-encoder-f16.safetensors': f16 }));

    for (const [model, tensor, element] of [
      [official, 'mimi.encoder.model.0.conv.conv.weight', 2],
      [official, 'text_emb.weight', 3],
      [triple, 'mimi.encoder.model.0.conv.conv.bias', 1],
    ] as const) {
      const expected = {
        code: 'model-invalid',
        message: new RegExp(`tensor ${tensor} holds NaN .* element ${element},`),
      };
      await assert.rejects(model.readTensorF32(tensor), expected);
      await assert.rejects(model.readTensor(tensor), expected);
    }
  });

  it('names the first element of a block with an infinite scale', async () => {
    const file = await bytesOf(DEMO_GGUF);
    const { tensors } = await readGguf(memorySource('demo.gguf', file));
    file[tensors.get('emb.0.weight')!.offset + 2 * 18 + 1] = 0x7c; // third block, high byte of the scale
    const model = await openModel({ gguf: memorySource('demo.gguf', file) });
    await assert.rejects(model.readTensor('emb.0.weight'), {
      code: 'model-invalid',
      message: /emb\.0\.weight .* element 64,/,
    });
  });
});
