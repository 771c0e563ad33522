/** Tests of the safetensors reader, with valid and invalid headers. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readSafetensors } from '../../../src/model/safetensors.js';
import { memorySource } from '../../../src/bytes/memory.js';
import { bytesOf, FIXTURES, safetensors, seededRandom } from './crafted-files.js';

const read = (file: Uint8Array<ArrayBuffer>): ReturnType<typeof readSafetensors> =>
  readSafetensors(memorySource('m.safetensors', file));
const entry = (dtype: string, shape: unknown, begin: number, end: number): unknown => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

describe('safetensors', () => {
  it('finds every tensor of a real checkpoint', async () => {
    const file = await bytesOf(new URL('demo/model.safetensors', FIXTURES));
    const tensors = await read(file);
    const tensor = tensors.get('emb.0.weight')!;
    assert.deepEqual(tensor.shape, [257, 256]);
    assert.equal(tensor.type, 'bf16');
    assert.equal(tensor.byteLength, 257 * 256 * 2);
  });

  it('ignores metadata, and tensors of unknown types', async () => {
    const tensors = await read(
      safetensors({ __metadata__: { format: 'pt' }, steps: entry('I64', [1], 0, 8) }, new Uint8Array(8)),
    );
    assert.equal(tensors.size, 1);
    assert.equal(tensors.get('steps')?.type, undefined);
  });

  const invalid: readonly (readonly [string, Uint8Array<ArrayBuffer>, RegExp])[] = [
    ['an empty file', new Uint8Array(), /m\.safetensors: is 0 bytes long/],
    ['a header longer than the file', safetensors({}).fill(0xff, 0, 7), /says its header is \d+ bytes long, at most 2/],
    ['a header that is not JSON', safetensors('{"a": '), /header is not JSON/],
    ['a header that is a list', safetensors('[]'), /not a JSON object/],
    ['an entry that is a number', safetensors({ a: 1 }), /tensor a: its header entry is not an object/],
    ['no dtype', safetensors({ a: { shape: [1], data_offsets: [0, 4] } }), /tensor a: has no dtype/],
    ['a negative dimension', safetensors({ a: entry('F32', [-1], 0, 4) }), /tensor a: shape is \[-1\]/],
    [
      'a dimension beyond safe integers',
      safetensors({ a: entry('F32', [1e300], 0, 4) }),
      /tensor a: shape is \[1e\+300\]/,
    ],
    ['a shape that is a word', safetensors({ a: entry('F32', 'big', 0, 4) }), /tensor a: shape is "big"/],
    [
      'offsets that do not fit the shape',
      safetensors({ a: entry('F32', [2], 0, 4) }, new Uint8Array(4)),
      /tensor a: F32 \[2\] takes 8 bytes, data_offsets span 4/,
    ],
    ['offsets that run backwards', safetensors({ a: entry('I64', [1], 8, 0) }), /tensor a: data_offsets run backwards/],
    [
      'a tensor beyond the end',
      safetensors({ a: entry('F32', [4], 0, 16) }, new Uint8Array(15)),
      /tensor a ends at byte/,
    ],
    [
      'dimensions whose product overflows',
      safetensors({ a: entry('F32', [2 ** 40, 2 ** 40], 0, 4) }, new Uint8Array(4)),
      /tensor a: F32 .* takes/,
    ],
    [
      'tensors that overlap',
      safetensors({ a: entry('F32', [2], 0, 8), b: entry('F32', [2], 4, 12) }, new Uint8Array(12)),
      /tensor b begins at byte \d+, inside tensor a/,
    ],
  ];
  for (const [what, file, message] of invalid) {
    it(`rejects ${what}`, async () => {
      await assert.rejects(read(file), { name: 'SttError', code: 'model-invalid', message });
    });
  }

  it('rejects a file truncated anywhere', async () => {
    const file = await bytesOf(new URL('demo/mimi-tiny.safetensors', FIXTURES));
    const random = seededRandom(7);
    for (let i = 0; i < 20; i++) {
      const length = Math.floor(random() * file.length);
      await assert.rejects(read(file.slice(0, length)), { code: 'model-invalid' }, `cut at ${length}`);
    }
  });
});
