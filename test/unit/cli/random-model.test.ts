/** `kyutai-stt random-model`: complete, finite, repeatable, and of the published models' exact size. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { encodeQ4_0 } from '../../../kernels/reference/q4_0.js';
import { encodeQ8_0 } from '../../../kernels/reference/q8_0.js';
import { openModelFromPath } from '../../../src/cli/open-model-from-path.js';
import { RandomNumbers } from '../../../src/cli/random-model/random-numbers.js';
import { RandomWords } from '../../../src/cli/random-model/random-words.js';
import { PRESETS, type PresetName } from '../../../src/cli/random-model/presets.js';
import { randomGguf, writeRandomGguf } from '../../../src/cli/random-model/write-gguf.js';
import { writeRandomFolder } from '../../../src/cli/random-model/write-official.js';
import { loadBackends } from '../../../src/engine/backends.js';
import type { LmResult } from '../../../src/lm/language-model.js';
import type { SttConfig } from '../../../src/model/config.js';
import { lmShapes, mimiShapes } from '../../../src/model/expected-shapes.js';
import { writeGguf } from '../../../src/model/gguf-writer.js';
import { openModel } from '../../../src/model/open-model.js';
import { countOf } from '../../../src/model/tensor-file.js';
import { decodeTensor } from '../../../src/model/tensor-types.js';
import { SentencePiece } from '../../../src/text/sentencepiece.js';
import { seededRandom } from '../model/crafted-files.js';

/** Small enough to run in a blink, with every kind of tensor. */
const SMALL: SttConfig = {
  lm: {
    dim: 64,
    hidden: 96,
    numLayers: 3,
    numHeads: 4,
    nQ: 4,
    card: 48,
    textCard: 300,
    context: 20,
    maxPeriod: 100_000,
    paddingToken: 3,
    endOfPaddingToken: 0,
    pauseHeads: 2,
    pauseClasses: 6,
    audioDelaySeconds: 0.5,
    silencePrefixSeconds: 0,
  },
  mimi: {
    sampleRate: 24_000,
    frameRate: 12.5,
    seanet: {
      nFilters: 4,
      dimension: 32,
      kernelSize: 7,
      residualKernelSize: 3,
      lastKernelSize: 3,
      compress: 2,
      strides: [4, 5, 6, 8],
    },
    transformer: { dim: 32, numHeads: 2, numLayers: 2, context: 10, maxPeriod: 10_000, hidden: 64 },
    downsampleStride: 2,
    quantizer: { dimension: 16, nQ: 4, bins: 48 },
  },
};

const folder = await mkdtemp(join(tmpdir(), 'random-model-'));
after(() => rm(folder, { recursive: true }));

async function small(type: 'q4_0' | 'q8_0' | 'f16' | 'f32', seed = 1): Promise<string> {
  const path = join(folder, `${type}-${seed}.gguf`);
  await writeRandomGguf(path, { config: SMALL, type, mimi: 'f32', seed });
  return path;
}

describe('random-model', () => {
  it('writes a GGUF that opens with every tensor that its config requires', async () => {
    const { config, tensors, tokenizer } = await openModelFromPath(await small('q4_0'));
    assert.deepEqual(config, SMALL);
    const names = [...lmShapes(SMALL.lm).keys(), ...[...mimiShapes(SMALL.mimi).keys()].map((name) => `mimi.${name}`)];
    assert.deepEqual([...tensors.keys()], names);
    assert.equal(tensors.get('emb.0.weight')?.type, 'q4_0');
    assert.equal(SentencePiece.parse(tokenizer, 'tokenizer', SMALL.lm.textCard).pieces.length, 300);
  });

  it('writes the official layout with the same numbers, in bf16 where the GGUF has f32', async () => {
    const directory = join(folder, 'official');
    await writeRandomFolder(directory, { config: SMALL, seed: 1, tokenizerName: 'tokenizer.model', force: false });
    const [official, gguf] = [await openModelFromPath(directory), await openModelFromPath(await small('f32'))];
    assert.deepEqual(official.config, gguf.config);
    assert.deepEqual(official.tokenizer, gguf.tokenizer);
    for (const name of gguf.tensors.keys()) {
      const [a, b] = [await official.readTensorF32(name), await gguf.readTensorF32(name)];
      const least = name.startsWith('mimi.') ? 0 : 2 ** -8;
      for (let i = 0; i < b.length; i++) assert.ok(Math.abs(a[i]! - b[i]!) <= least * Math.abs(b[i]!), `${name} ${i}`);
    }
  });

  it('refuses to overwrite a folder with other files', async () => {
    const directory = join(folder, 'kept');
    const options = { config: SMALL, seed: 1, tokenizerName: 'tokenizer.model' };
    await writeRandomFolder(directory, { ...options, force: false });
    await assert.rejects(writeRandomFolder(directory, { ...options, force: false }), { code: 'invalid-argument' });
    await writeRandomFolder(directory, { ...options, force: true });
  });

  it('leaves no folder behind if one of its files cannot be written', async () => {
    const directory = join(folder, 'new', 'official');
    const tokenizerName = 'missing/tokenizer.model';
    await assert.rejects(writeRandomFolder(directory, { config: SMALL, seed: 1, tokenizerName, force: false }), {
      message: /missing\/tokenizer\.model cannot be written: ENOENT/,
    });
    await assert.rejects(readdir(join(folder, 'new')), { code: 'ENOENT' });
  });

  it('keeps the files that it was to replace if one of the new ones cannot be written', async () => {
    const directory = join(folder, 'replaced');
    const options = { config: SMALL, tokenizerName: 'tokenizer.model' };
    await writeRandomFolder(directory, { ...options, seed: 1, force: false });
    const names = await readdir(directory);
    const before = await readFile(join(directory, 'model.safetensors'));
    const tokenizerName = 'missing/tokenizer.model';
    await assert.rejects(writeRandomFolder(directory, { ...options, seed: 2, tokenizerName, force: true }));
    assert.deepEqual(await readdir(directory), names);
    assert.deepEqual(await readFile(join(directory, 'model.safetensors')), before);
  });

  it('writes the same bytes for the same seed, and different ones for another', async () => {
    const first = await readFile(await small('q4_0', 7));
    await rm(await small('q4_0', 7));
    assert.ok(first.equals(await readFile(await small('q4_0', 7))));
    const other = await readFile(await small('q4_0', 8));
    assert.equal(other.length, first.length);
    let equal = 0;
    for (let i = 0; i < first.length; i++) if (first[i] === other[i]) equal++;
    assert.ok(equal < first.length / 4, `${equal} of ${first.length} bytes are equal`);
  });

  for (const type of ['q4_0', 'q8_0', 'f16', 'f32'] as const) {
    it(`stays finite over 1 000 steps in ${type}, emits text and starts words`, async () => {
      const model = await openModelFromPath(await small(type));
      const { lm } = await loadBackends(model, { backend: 'wasm', build: 'simd' });
      const tokens: number[] = [];
      const stream = lm.open(({ token, probability, pause }: LmResult) => {
        assert.ok(probability > 0 && probability <= 1, `step ${tokens.length}: ${probability}`);
        for (const p of pause) assert.ok(p >= 0 && p <= 1, `step ${tokens.length}: ${p}`);
        tokens.push(token);
      });
      const random = seededRandom(2);
      for (let step = 0; step < 1000; step++) {
        const codes = Uint32Array.from({ length: SMALL.lm.nQ }, () => Math.floor(random() * SMALL.lm.card));
        stream.push(step === 0 ? null : codes);
        lm.flush();
      }
      await stream.settled();
      assert.equal(tokens.length, 1000);
      const share = (pick: (token: number) => boolean): number => tokens.filter(pick).length / tokens.length;
      assert.ok(share((token) => token === 0) > 0.05);
      assert.ok(share((token) => token === SMALL.lm.paddingToken) > 0.05);
      assert.ok(share((token) => token > 3) > 0.05);
    });
  }

  it('has a codec with different codes for different audio', async () => {
    const model = await openModelFromPath(await small('q4_0'));
    const { mimi } = await loadBackends(model, { backend: 'wasm', build: 'simd' });
    const stream = mimi.open();
    const random = seededRandom(3);
    const codebooks = Array.from({ length: SMALL.lm.nQ }, () => new Set<number>());
    for (let frame = 0; frame < 200; frame++) {
      const codes = stream.encode(
        Float32Array.from({ length: mimi.frameSize }, () => (random() - 0.5) * (frame / 200)),
      );
      codebooks.forEach((codebook, q) => codebook.add(codes[q]!));
    }
    for (const [q, codebook] of codebooks.entries())
      assert.ok(codebook.size >= 4, `codebook ${q}: ${codebook.size} codes`);
  });
});

describe('the random numbers', () => {
  const COUNT = 1 << 20;
  const numbers = new RandomNumbers();
  const drawn = (type: 'q4_0' | 'q8_0' | 'f32' | 'f16' | 'bf16'): Uint8Array<ArrayBuffer> => {
    const pieces = numbers.chunks(type, COUNT, { mean: 0, std: 0.02 }, new RandomWords(5, type));
    return new Uint8Array(Buffer.concat(Array.from(pieces, (piece) => piece.slice())));
  };

  for (const [type, encode, bytes] of [
    ['q4_0', encodeQ4_0, 18],
    ['q8_0', encodeQ8_0, 34],
  ] as const) {
    it(`fill ${type} blocks as quantising normal numbers does`, () => {
      const direct = drawn(type);
      const quantised = new Uint8Array(direct.length);
      encode(decodeTensor('f32', drawn('f32'), COUNT), quantised);
      const [a, b] = [direct, quantised].map((blocks) => moments(decodeTensor(type, new Uint8Array(blocks), COUNT)));
      assert.ok(a && b);
      assert.ok(Math.abs(a.std / b.std - 1) < 0.01, `${a.std}, quantised ${b.std}`);
      assert.ok(Math.abs(a.kurtosis - b.kurtosis) < 0.05, `${a.kurtosis}, quantised ${b.kurtosis}`);
      const [da, db] = [direct, quantised].map((blocks) => histogram(blocks, bytes));
      assert.ok(da && db);
      for (let i = 0; i < 256; i++)
        assert.ok(Math.abs(da[i]! - db[i]!) < 0.002, `byte ${i}: ${da[i]}, quantised ${db[i]}`);
    });
  }

  for (const type of ['f32', 'f16', 'bf16'] as const) {
    it(`are normal in ${type}`, () => {
      const { mean, std, kurtosis } = moments(decodeTensor(type, drawn(type), COUNT));
      assert.ok(Math.abs(mean) < 1e-4, `${mean}`);
      assert.ok(Math.abs(std / 0.02 - 1) < 0.01, `${std}`);
      assert.ok(Math.abs(kurtosis - 3) < 0.05, `${kurtosis}`);
    });
  }
});

function moments(x: Float32Array): { mean: number; std: number; kurtosis: number } {
  let [sum, squares, fourths] = [0, 0, 0];
  for (const value of x) {
    sum += value;
    squares += value ** 2;
    fourths += value ** 4;
  }
  const variance = squares / x.length;
  return { mean: sum / x.length, std: Math.sqrt(variance), kurtosis: fourths / x.length / variance ** 2 };
}

/** How often each byte of the quants occurs. */
function histogram(blocks: Uint8Array, blockBytes: number): Float64Array {
  const counts = new Float64Array(256);
  for (let i = 0; i < blocks.length; i++) if (i % blockBytes >= 2) counts[blocks[i]!]! += 1;
  return counts.map((n) => n / ((blocks.length * (blockBytes - 2)) / blockBytes));
}

describe('a preset', () => {
  const EXPECTED: Record<PresetName, { lmTensors: number; lmNumbers: number; lmF32: number }> = {
    // 989 253 632 parameters, as the official code counts them; norms and pause heads stay f32.
    'stt-1b-en_fr': { lmTensors: 135, lmNumbers: 989_253_632, lmF32: 33 * 2048 + 4 * 6 * 2048 },
    // The published file's 5 234 275 128 bytes are these in bf16 and a header of 37 688 bytes.
    'stt-2.6b-en': { lmTensors: 323, lmNumbers: 2_617_118_720, lmF32: 97 * 2048 },
  };
  /** SEANet, transformer, downsample, and of the quantizer what encoding needs. */
  const MIMI_NUMBERS = 12_628_256 + 25_190_400 + 1_048_576 + (2 * 256 * 512 + 32 * (2048 + 2048 * 256));

  for (const name of Object.keys(PRESETS) as PresetName[]) {
    it(`has the tensors of ${name}, at its size`, async () => {
      const { config } = PRESETS[name];
      const { lmTensors, lmNumbers, lmF32 } = EXPECTED[name];
      const { head, dataBytes, tokenizer } = await headerOf(name);
      const model = await openModel({
        gguf: {
          name,
          size: head.length + dataBytes,
          read: (offset, length) => {
            const bytes = new Uint8Array(length);
            if (offset < head.length) bytes.set(head.subarray(offset, offset + length));
            else bytes.set(tokenizer.subarray(0, length)); // the one tensor that opening reads
            return Promise.resolve(bytes);
          },
        },
      });
      assert.deepEqual(model.config, config);
      SentencePiece.parse(model.tokenizer, name, config.lm.textCard);
      const ofLm = [...model.tensors.values()].filter((tensor) => !tensor.name.startsWith('mimi.'));
      assert.equal(ofLm.length, lmTensors);
      assert.equal(
        ofLm.reduce((sum, { shape }) => sum + countOf(shape), 0),
        lmNumbers,
      );
      const expected = ((lmNumbers - lmF32) / 32) * 18 + 4 * (lmF32 + MIMI_NUMBERS);
      const padding = dataBytes - tokenizer.length - expected;
      assert.ok(padding >= 0 && padding < 32, `${dataBytes} bytes`);
    });
  }
});

/** A preset's GGUF without its numbers: the header, the size of the whole, and the tokenizer's bytes. */
async function headerOf(name: PresetName): Promise<{ head: Uint8Array; dataBytes: number; tokenizer: Uint8Array }> {
  const { metadata, tensors } = randomGguf(name, { config: PRESETS[name].config, type: 'q4_0', mimi: 'f32', seed: 0 });
  let head: Uint8Array = new Uint8Array();
  const enough = new Error('the header is written');
  await assert.rejects(
    writeGguf(
      (bytes) => {
        head = bytes;
        return Promise.reject(enough);
      },
      metadata,
      tensors,
    ),
    enough,
  );
  const dataBytes = tensors.reduce((sum, { byteLength }) => sum + Math.ceil(byteLength / 32) * 32, 0);
  const last = tensors.at(-1);
  assert.ok(last);
  const tokenizer = [...(last.chunks() as Iterable<Uint8Array>)][0];
  assert.ok(tokenizer);
  return { head, dataBytes, tokenizer };
}
