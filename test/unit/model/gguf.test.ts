/** Tests of the GGUF reader and writer, with valid and invalid files. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readGguf } from '../../../src/model/gguf.js';
import { writeGguf, type MetadataEntry, type TensorToWrite } from '../../../src/model/gguf-writer.js';
import { openModel } from '../../../src/model/open-model.js';
import { memorySource } from '../../../src/bytes/memory.js';
import type { SttError } from '../../../src/errors.js';
import { bytesOf, DEMO_GGUF, seededRandom } from './crafted-files.js';

async function written(metadata: MetadataEntry[], tensors: TensorToWrite[]): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  const sink = (bytes: Uint8Array): Promise<void> => {
    parts.push(bytes.slice());
    return Promise.resolve();
  };
  await writeGguf(sink, metadata, tensors);
  return new Uint8Array(Buffer.concat(parts));
}

function tensor(name: string, shape: number[], type: TensorToWrite['type'], bytes: Uint8Array): TensorToWrite {
  return { name, shape, type, byteLength: bytes.length, chunks: () => [bytes.subarray(0, 3), bytes.subarray(3)] };
}

const read = (file: Uint8Array<ArrayBuffer>): ReturnType<typeof readGguf> => readGguf(memorySource('m.gguf', file));

/** A small file, and the offsets of the counts in its header. */
const small = await written(
  [{ key: 'k', type: 'u32', value: 7 }],
  [tensor('a', [2, 3], 'f32', new Uint8Array(24).fill(1)), tensor('b', [5], 'i8', Uint8Array.of(1, 2, 3, 4, 5))],
);
const TENSOR_COUNT = 8;
const KEY_COUNT = 16;

function damaged(edit: (view: DataView) => void): Uint8Array<ArrayBuffer> {
  const file = small.slice();
  edit(new DataView(file.buffer));
  return file;
}

/** Offset of the field after `text` in the header. */
function after(text: string): number {
  return Buffer.from(small).indexOf(text) + text.length;
}

describe('gguf', () => {
  it('reads back the written values, names, shapes and bytes', async () => {
    const file = await written(
      [
        { key: 'general.name', type: 'string', value: 'été' },
        { key: 'one', type: 'u32', value: 4_000_000_000 },
        { key: 'two', type: 'f64', value: 0.1 },
        { key: 'three', type: 'u32[]', value: [8, 6, 5, 4] },
        { key: 'four', type: 'f32', value: 0.25 },
        { key: 'five', type: 'i32[]', value: [-1, 6] },
        { key: 'six', type: 'f32[]', value: [-0.5, 3] },
        { key: 'seven', type: 'string[]', value: ['<s>', '▁été'] },
      ],
      [tensor('x', [2, 1, 3], 'f16', new Uint8Array(12).fill(9)), tensor('y', [4], 'f32', new Uint8Array(16).fill(8))],
    );
    const { metadata, tensors } = await read(file);
    assert.equal(metadata['general.name'], 'été');
    assert.equal(metadata['one'], 4_000_000_000);
    assert.equal(metadata['two'], 0.1);
    assert.deepEqual(metadata['three'], [8, 6, 5, 4]);
    assert.equal(metadata['four'], 0.25);
    assert.deepEqual(metadata['five'], [-1, 6]);
    assert.deepEqual(metadata['six'], [-0.5, 3]);
    assert.deepEqual(metadata['seven'], ['<s>', '▁été']);
    const y = tensors.get('y')!;
    assert.deepEqual(tensors.get('x')?.shape, [2, 1, 3]);
    assert.equal(y.offset % 32, 0);
    assert.deepEqual(await y.source.read(y.offset, y.byteLength), new Uint8Array(16).fill(8));
  });

  it('rejects a tensor with another number of bytes than its header says', async () => {
    await assert.rejects(written([], [{ ...tensor('x', [2], 'f32', new Uint8Array(8)), byteLength: 12 }]), {
      message: /tensor x gave 8 bytes, its header says 12/,
    });
  });

  const invalid: readonly (readonly [string, Uint8Array<ArrayBuffer>, RegExp])[] = [
    ['an empty file', new Uint8Array(), /m\.gguf: is 0 bytes long/],
    ['a file that is not a GGUF', new Uint8Array(100).fill(65), /m\.gguf: not a GGUF file/],
    ['an unknown version', damaged((v) => v.setUint32(4, 9, true)), /GGUF version is 9/],
    ['2⁶⁰ tensors', damaged((v) => v.setBigUint64(TENSOR_COUNT, 2n ** 60n, true)), /claims \d+ tensors/],
    ['65 000 tensors that are missing', damaged((v) => v.setBigUint64(TENSOR_COUNT, 65_000n, true)), /m\.gguf: /],
    ['2⁶⁰ keys', damaged((v) => v.setBigUint64(KEY_COUNT, 2n ** 60n, true)), /claims \d+ metadata keys/],
    ['a key 2⁶² bytes long', damaged((v) => v.setBigUint64(24, 2n ** 62n, true)), /header cannot be read/],
    ['an unknown metadata type', damaged((v) => v.setUint32(after('k'), 77, true)), /header cannot be read/],
    ['nine dimensions', damaged((v) => v.setUint32(after('a'), 9, true)), /header cannot be read/],
    ['a dimension of 2⁶³', damaged((v) => v.setBigUint64(after('a') + 4, 2n ** 63n, true)), /header cannot be read/],
    ['a dimension of 2³²', damaged((v) => v.setBigUint64(after('a') + 4, 2n ** 32n, true)), /tensor a ends at byte/],
    ['an offset beyond the end', damaged((v) => v.setBigUint64(after('a') + 24, 2n ** 40n, true)), /tensor a ends at/],
    ['an offset of 2⁶³', damaged((v) => v.setBigUint64(after('a') + 24, 2n ** 63n, true)), /tensor a ends at/],
    [
      'tensors that overlap',
      damaged((v) => v.setBigUint64(after('b') + 16, 8n, true)),
      /tensor b begins .* inside tensor a/,
    ],
  ];
  for (const [what, file, message] of invalid) {
    it(`rejects ${what}`, async () => {
      await assert.rejects(read(file), { name: 'SttError', code: 'model-invalid', message });
    });
  }

  it('rejects a metadata array of 2⁴⁰ numbers, and one of 900 000 in a small file', async () => {
    const file = await written([{ key: 'list', type: 'u32[]', value: [1, 2, 3] }], []);
    const at = Buffer.from(file).indexOf('list') + 4 + 4 + 4; // key, type, element type
    for (const length of [2n ** 40n, 900_000n]) {
      new DataView(file.buffer).setBigUint64(at, length, true);
      await assert.rejects(read(file), { code: 'model-invalid' }, `${length}`);
    }
  });

  it('rejects the demo model truncated at any of twenty offsets', async () => {
    const file = await bytesOf(DEMO_GGUF);
    const random = seededRandom(42);
    for (let i = 0; i < 20; i++) {
      // Half of the cuts are in the header, which is a thousandth of the file.
      const length = Math.floor(random() * (i % 2 === 0 ? 10_000 : file.length - 32));
      await assert.rejects(
        openModel({ gguf: memorySource('demo.gguf', file.slice(0, length)) }),
        { code: 'model-invalid', message: /^demo\.gguf: / },
        `cut at ${length}`,
      );
    }
  });

  for (const [what, metadata, found] of [
    [
      'another program for the same model',
      [
        { key: 'general.architecture', type: 'string', value: 'kyutai_stt' },
        { key: 'kyutai.sample_rate', type: 'u32', value: 24_000 },
        { key: 'tokenizer.ggml.model', type: 'string', value: 'llama' },
      ],
      /found another program's GGUF \(architecture kyutai_stt; fields of general, kyutai, tokenizer; tensors such as lm\.blk\.0\.w\)/,
    ],
    ['an unknown program', [], /\(no architecture; no fields; tensors such as lm\.blk\.0\.w\)/],
  ] as const)
    it(`refuses a file of ${what}, and says what opens`, async () => {
      const file = await written([...metadata], [tensor('lm.blk.0.w', [5], 'i8', Uint8Array.of(1, 2, 3, 4, 5))]);
      await assert.rejects(openModel({ gguf: memorySource('theirs.gguf', file) }), (error: SttError) => {
        assert.equal(error.code, 'model-mismatch');
        assert.match(error.message, found);
        assert.match(
          error.message,
          /^theirs\.gguf: .* is undefined.*kyutai-stt convert.*stt-web.*candle.*transformers/,
        );
        return true;
      });
    });
});
