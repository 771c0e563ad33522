/** The store of downloads in a folder. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { folderStore } from '../../../src/cli/folder-store.js';

describe('a folder as a store', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'store-'));
  });
  after(() => rm(folder, { recursive: true }));

  it('is empty before its folder exists', async () => {
    const store = folderStore(join(folder, 'missing'));
    assert.deepEqual(await store.bucketNames(), []);
    const bucket = await store.bucket('a');
    assert.deepEqual(await bucket.names(), []);
    assert.equal(await bucket.read('x'), undefined);
    await bucket.delete('x');
    await store.remove('a');
    assert.ok(((await store.freeBytes()) ?? 0) > 0);
  });

  it('keeps names and bytes, for another store of the same folder too', async () => {
    const names = ['owner/repo', 'https://mirror.test/a/b/', '..', 'stt-1b-en_fr'];
    for (const [i, name] of names.entries())
      await (await folderStore(folder).bucket(name)).write('chunks/0a.b', new Uint8Array([i]));
    const store = folderStore(folder);
    assert.deepEqual((await store.bucketNames()).filter((name) => name !== 'missing').sort(), [...names].sort());
    for (const [i, name] of names.entries()) {
      const bucket = await store.bucket(name);
      assert.deepEqual(await bucket.names(), ['chunks/0a.b']);
      assert.deepEqual(await bucket.read('chunks/0a.b'), new Uint8Array([i]));
    }
    await store.remove('owner/repo');
    assert.equal((await store.bucketNames()).includes('owner/repo'), false);
  });

  it('replaces whole files, and does not show one that was not finished', async () => {
    const bucket = await folderStore(folder).bucket('b');
    await bucket.write('x', new Uint8Array([1, 2, 3]));
    await bucket.write('x', new Uint8Array([4]));
    await writeFile(join(folder, 'b', '~unfinished'), 'half');
    assert.deepEqual(await bucket.read('x'), new Uint8Array([4]));
    assert.deepEqual(await bucket.names(), ['x']);
    assert.deepEqual((await readdir(join(folder, 'b'))).sort(), ['x', '~unfinished']);
  });
});
