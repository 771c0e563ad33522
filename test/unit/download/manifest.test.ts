import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { SttError } from '../../../src/errors.js';
import { describeFile, parseManifest } from '../../../src/download/manifest.js';
import { digest, sha256 } from '../../../src/download/sha256.js';
import { memorySource } from '../../../src/bytes/memory.js';
import { randomBytes, seeded } from '../../hub/random.js';

const URL_OF = 'https://models.example/stt/manifest.json';
const hash = 'a'.repeat(64);

const good = {
  format: 'kyutai-stt-manifest',
  version: 1,
  files: [
    { name: 'model.gguf', bytes: 10, chunkBytes: 4, sha256: [hash, hash, hash.toUpperCase()] },
    { name: 'mimi.safetensors', bytes: 0, sha256: [], url: '../shared/mimi.safetensors' },
  ],
  layout: { gguf: 'model.gguf', mimi: ['mimi.safetensors'] },
};

function parse(change: object): ReturnType<typeof parseManifest> {
  return parseManifest(URL_OF, JSON.stringify({ ...good, ...change }));
}

function withFile(change: object): object {
  return { files: [{ ...good.files[0], ...change }] };
}

describe('parseManifest', () => {
  it('reads files, with URLs beside it, and a layout', () => {
    const { name, files, layout } = parse({});
    assert.equal(name, 'model.gguf');
    assert.deepEqual(files, [
      {
        name: 'model.gguf',
        url: 'https://models.example/stt/model.gguf',
        bytes: 10,
        chunkBytes: 4,
        sha256: [hash, hash, hash],
      },
      {
        name: 'mimi.safetensors',
        url: 'https://models.example/shared/mimi.safetensors',
        bytes: 0,
        chunkBytes: 4 * 1024 * 1024,
        sha256: [],
      },
    ]);
    assert.deepEqual(layout, { gguf: ['model.gguf'], mimi: ['mimi.safetensors'] });
    assert.equal(parse({ layout: undefined }).layout, undefined);
  });

  const faults: [string, object, RegExp][] = [
    ['another format', { format: 'x' }, /format is "x", expected "kyutai-stt-manifest"/],
    ['a later version', { version: 2 }, /version is 2, expected 1/],
    ['no files', { files: [] }, /files is 0 entries, expected at least one file/],
    ['files that are not a list', { files: 3 }, /files is 3, expected a list/],
    [
      'a file without a name',
      withFile({ name: undefined }),
      /files\[0\]\.name is missing, expected a non-empty string/,
    ],
    ['an invalid size', withFile({ bytes: -1 }), /files\[0\]\.bytes is -1, expected a whole number from 0/],
    [
      'chunks too large for memory',
      withFile({ chunkBytes: 1e9 }),
      /files\[0\]\.chunkBytes is 1000000000, expected a whole number from 1 to 67108864/,
    ],
    [
      'too few hashes',
      withFile({ sha256: [hash] }),
      /files\[0\]\.sha256 is 1 entries, expected 3 hashes, one for each 4 of 10 bytes/,
    ],
    [
      'too many hashes',
      withFile({ sha256: [hash, hash, hash, hash] }),
      /files\[0\]\.sha256 is 4 entries, expected at most 3/,
    ],
    [
      'an invalid hash',
      withFile({ sha256: [hash, 'x', hash] }),
      /files\[0\]\.sha256\[1\] is "x", expected 64 hexadecimal digits/,
    ],
    ['an invalid URL', withFile({ url: 'http://' }), /files\[0\]\.url is "http:\/\/", expected a URL/],
    [
      'two files of one name',
      { files: [good.files[0], good.files[0]] },
      /files\[1\]\.name is "model.gguf", expected a unique name/,
    ],
    ['an unknown role', { layout: { lm: 'model.gguf' } }, /layout\.lm is "model.gguf", expected .*gguf, mimi/],
    [
      'a layout that names no file',
      { layout: { gguf: 'other.gguf' } },
      /layout\.gguf is "other.gguf", expected the name of one of the files/,
    ],
  ];
  for (const [what, change, message] of faults) {
    it(`reports ${what} with the manifest, the field and both values`, () => {
      assert.throws(
        () => parse(change),
        (error) =>
          error instanceof SttError &&
          error.code === 'model-invalid' &&
          error.message.startsWith(URL_OF) &&
          message.test(error.message),
      );
    });
  }

  it('reads a name without a UTF-8 form, and rejects URLs that no request can reach', () => {
    const [file] = parse({ ...withFile({ name: 'lone \ud800' }), layout: undefined }).files;
    assert.equal(file?.url, 'https://models.example/stt/lone%20%EF%BF%BD');
    for (const url of [
      'javascript:alert(1)',
      'file:///etc/x',
      'blob:https://models.example/0',
      'https://a:b@c.example/x',
    ])
      assert.throws(() => parse(withFile({ url })), { code: 'model-invalid', message: /files\[0\]\.url/ });
  });

  it('rejects invalid JSON, and JSON that is not an object', () => {
    assert.throws(() => parseManifest(URL_OF, '<html>'), /manifest\.json: .*\(model-invalid\)/);
    assert.throws(() => parseManifest(URL_OF, '[]'), /manifest is 0 entries, expected an object/);
  });

  it('reads what describeFile writes', async () => {
    const bytes = randomBytes(seeded(1), 1000);
    const entry = await describeFile(memorySource('m.gguf', bytes), 300);
    assert.deepEqual(entry.sha256.length, 4);
    assert.equal(entry.sha256[3], createHash('sha256').update(bytes.subarray(900)).digest('hex'));
    const [file] = parse({ files: [entry], layout: undefined }).files;
    assert.deepEqual(file, { ...entry, url: 'https://models.example/stt/m.gguf' });
  });
});

describe('sha256', () => {
  it('gives the same hash with and without the platform implementation', async () => {
    const random = seeded(2);
    for (const length of [0, 1, 55, 56, 63, 64, 65, 119, 120, 128, 1000, 70_001]) {
      const bytes = randomBytes(random, length);
      const expected = createHash('sha256').update(bytes).digest('hex');
      assert.equal(await sha256(bytes), expected);
      assert.equal(Buffer.from(digest(bytes)).toString('hex'), expected, `${length} bytes`);
    }
  });
});
