/** Tests of `kyutai-stt convert` on real folders and files. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { convert } from '../../../src/cli/convert.js';
import { parseTypeRule } from '../../../src/cli/gguf-layout.js';
import { roundingTable, type RoundingReport } from '../../../src/cli/rounding-error.js';
import { openModelFromPath } from '../../../src/cli/open-model-from-path.js';
import { publicFiles } from '../../hub/public-files.js';
import { bytesOf, DEMO_GGUF, editHeader, FIXTURES, offsetOf } from './crafted-files.js';

const DEMO = fileURLToPath(new URL('demo', FIXTURES));
const CASE_A = fileURLToPath(new URL('case-a', FIXTURES));
const folder = await mkdtemp(join(tmpdir(), 'convert-'));
after(() => rm(folder, { recursive: true }));

describe('convert', () => {
  it('reproduces the shipped demo model byte for byte', async () => {
    const output = join(folder, 'demo-en_fr-q4_0.gguf');
    const size = await convert({ input: DEMO, output, type: 'q4_0', scales: 'largest' });
    const shipped = await readFile(DEMO_GGUF);
    assert.equal(size, shipped.length);
    assert.ok(shipped.equals(await readFile(output)));
    assert.ok(size <= 10_000_000, 'the demo model is small enough to ship');
  });

  it('converts to f32 without changing a value', async () => {
    const output = join(folder, 'f32.gguf');
    await convert({ input: CASE_A, output, type: 'f32' });
    const [made, source] = [await openModelFromPath(output), await openModelFromPath(CASE_A)];
    assert.deepEqual(made.config, source.config);
    for (const name of source.tensors.keys()) {
      assert.deepEqual(await made.readTensorF32(name), await source.readTensorF32(name), name);
    }
  });

  it('makes the same file of a GGUF in f32 as of the checkpoint', async () => {
    const exact = join(folder, 'exact.gguf');
    await convert({ input: DEMO, output: exact, type: 'f32' });
    const output = join(folder, 'again', 'demo-en_fr-q4_0.gguf');
    await mkdir(join(folder, 'again'));
    await convert({ input: exact, output, type: 'q4_0', scales: 'largest' });
    assert.ok((await readFile(DEMO_GGUF)).equals(await readFile(output)));
  });

  it('makes one file of the public three, and says why it lacks pause heads', async () => {
    const { gguf, mimi, tokenizer, mimiConfig } = await publicFiles();
    const input = await mkdtemp(join(folder, 'public-'));
    const files = {
      'lm.gguf': gguf,
      'mimi.safetensors': mimi,
      'tokenizer.model': tokenizer,
      'mimi_config.json': mimiConfig,
    };
    for (const [name, bytes] of Object.entries(files)) await writeFile(join(input, name), bytes);
    const output = join(folder, 'public.gguf');
    const notes: string[] = [];
    const onNote = (note: string): void => void notes.push(note);
    await convert({ input, output, type: 'q4_0', scales: 'largest', onNote });
    const [made, source] = [await openModelFromPath(output), await openModelFromPath(input)];
    assert.deepEqual(made.config, source.config);
    for (const name of ['text_linear.weight', 'emb.0.weight'])
      assert.deepEqual(await made.readTensor(name), await source.readTensor(name), name);
    assert.deepEqual(notes, []);
    await writeFile(join(input, 'x-pause-heads.safetensors'), 'no checkpoint');
    await convert({ input, output, type: 'q4_0', force: true, onNote });
    assert.match(notes.join(), /x-pause-heads\.safetensors/);
  });

  it('stores matrices in the requested types, and norms, biases, scales and codebooks in f32', async () => {
    const output = join(folder, 'q8_0.gguf');
    await convert({ input: CASE_A, output, type: 'q8_0', mimi: 'f16' });
    const { tensors } = await openModelFromPath(output);
    const expected = {
      'emb.0.weight': 'q8_0',
      'transformer.layers.3.gating.linear_out.weight': 'q8_0',
      'transformer.layers.0.norm1.alpha': 'f32',
      'extra_heads.3.weight': 'f32',
      'mimi.encoder.model.3.conv.conv.weight': 'f16',
      'mimi.encoder.model.3.conv.conv.bias': 'f32',
      'mimi.encoder_transformer.transformer.layers.0.linear1.weight': 'f16',
      'mimi.encoder_transformer.transformer.layers.0.norm1.weight': 'f32',
      'mimi.encoder_transformer.transformer.layers.0.layer_scale_1.scale': 'f32',
      'mimi.quantizer.rvq_first.vq.layers.0._codebook.embedding_sum': 'f32',
      'mimi.quantizer.rvq_first.vq.layers.0._codebook.cluster_usage': 'f32',
    };
    for (const [name, type] of Object.entries(expected)) assert.equal(tensors.get(name)?.type, type, name);
  });

  it('stores the tensors that --keep names in their own type', async () => {
    const output = join(folder, 'kept-types.gguf');
    const keep = ['emb.1.weight=f16', 'emb.*=q8_0', 'mimi.*.conv.weight=f16'].map(parseTypeRule);
    await convert({ input: CASE_A, output, type: 'q4_0', keep });
    const { tensors } = await openModelFromPath(output);
    const expected = {
      'emb.0.weight': 'q8_0',
      'emb.1.weight': 'f16',
      'text_emb.weight': 'q4_0', // `*` stands for characters, but the name must match from its start
      'mimi.encoder.model.3.conv.conv.weight': 'f16',
      'mimi.encoder_transformer.transformer.layers.0.linear1.weight': 'f32',
    };
    for (const [name, type] of Object.entries(expected)) assert.equal(tensors.get(name)?.type, type, name);
  });

  for (const [rule, message] of [
    ['emb.*', /--keep: found emb\.\*, expected PATTERN=TYPE/],
    ['emb.*=q5_0', /--keep emb\.\* is q5_0, expected q4_0, q8_0, f16, f32/],
    ['embb.*=q8_0', /--keep embb\.\*: no tensor has such a name/],
    ['*.alpha=q8_0', /alpha is always stored as f32/],
    ['mimi.*.linear1.weight=q8_0', /belongs to the codec, which is stored as f16 or f32/],
  ] as const) {
    it(`rejects --keep ${rule}`, async () => {
      const attempt = async (): Promise<number> =>
        convert({ input: CASE_A, output: join(folder, 'x.gguf'), type: 'q4_0', keep: [parseTypeRule(rule)] });
      await assert.rejects(attempt, { code: 'invalid-argument', message });
    });
  }

  it('reports the rounding error of each tensor that it rounds, below that of ggml', async () => {
    const reports: RoundingReport[] = [];
    await convert({
      input: CASE_A,
      output: join(folder, 'r.gguf'),
      type: 'q4_0',
      report: (each) => reports.push(each),
    });
    const matrices = reports.filter(({ type }) => type === 'q4_0');
    assert.equal(matrices.length, 8 + 2 + 4 * 4); // audio embeddings, text in and out, four layers
    for (const { name, error, ggml = 0, plain = 0 } of matrices) {
      assert.ok(error > 0.05 && error < 0.96 * ggml && ggml < plain, `${name}: ${error}, ${ggml}, ${plain}`);
    }
    assert.match(roundingTable(reports), /^text_linear\.weight +q4_0 +\d\.\d{3} % +\d\.\d{3} % +\d+\.\d{3} %$/m);
  });

  it('falls back to f16 for rows whose length is not a multiple of 32', async () => {
    const input = await narrowCheckpoint();
    const output = join(folder, 'narrow.gguf');
    await convert({ input, output, type: 'q4_0' });
    const { tensors } = await openModelFromPath(output);
    assert.equal(tensors.get('transformer.layers.0.gating.linear_out.weight')?.type, 'f16'); // rows of 8
    assert.equal(tensors.get('transformer.layers.0.gating.linear_in.weight')?.type, 'q4_0'); // rows of 256
  });

  it('rejects a NaN, names the tensor, and leaves no output file', async () => {
    const model = await bytesOf(new URL('case-a/model.safetensors', FIXTURES));
    new DataView(model.buffer).setUint16(offsetOf(model, 'text_linear.weight') + 20, 0x7fc0, true);
    const input = await checkpointWith(model);
    const output = join(folder, 'nan.gguf');
    await assert.rejects(convert({ input, output, type: 'q4_0' }), {
      code: 'model-invalid',
      message: /model\.safetensors: tensor text_linear\.weight holds NaN or infinity at element 10/,
    });
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.startsWith('nan')),
      [],
    );
  });

  it('rejects a number out of the range of f16 for an f16 output', async () => {
    const model = await bytesOf(new URL('case-a/model.safetensors', FIXTURES));
    new DataView(model.buffer).setUint16(offsetOf(model, 'text_linear.weight') + 20, 0x4a00, true); // 2^21
    const input = await checkpointWith(model);
    await assert.rejects(convert({ input, output: join(folder, 'big.gguf'), type: 'f16' }), {
      message: /tensor text_linear\.weight at element 10 exceeds the range of f16 \(65504\)/,
    });
  });

  it('overwrites a file only with --force', async () => {
    const output = join(folder, 'kept.gguf');
    await writeFile(output, 'kept');
    await assert.rejects(convert({ input: CASE_A, output, type: 'q4_0' }), {
      code: 'invalid-argument',
      message: /--force/,
    });
    assert.equal(await readFile(output, 'utf8'), 'kept');
    await convert({ input: CASE_A, output, type: 'q4_0', force: true });
    assert.equal((await openModelFromPath(output)).name, 'kept.gguf');
  });
});

/** A copy of case A's folder with `model` as its language model. */
async function checkpointWith(model: Uint8Array): Promise<string> {
  const copy = await mkdtemp(join(folder, 'checkpoint-'));
  for (const name of ['config.json', 'mimi_config.json', 'tokenizer_case.model', 'mimi-pytorch-case.safetensors']) {
    await writeFile(join(copy, name), await readFile(join(CASE_A, name)));
  }
  await writeFile(join(copy, 'model.safetensors'), model);
  return copy;
}

/** Case A with a feed-forward width of 8: the narrow matrices use the first bytes of the wide ones. */
async function narrowCheckpoint(): Promise<string> {
  const model = await bytesOf(new URL('case-a/model.safetensors', FIXTURES));
  return checkpointWith(
    editHeader(model, (header) => {
      for (const [name, entry] of header) {
        if (!name.includes('.gating.')) continue;
        entry.shape = name.includes('linear_in') ? [16, 256] : [256, 8];
        entry.data_offsets[1] = entry.data_offsets[0] + 2 * entry.shape[0]! * entry.shape[1]!;
      }
    }),
  );
}
