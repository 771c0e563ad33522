import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { findRecordings, isProblem } from '../../../../src/cli/transcribe/recordings.js';

describe('findRecordings', () => {
  let root = '';
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'kyutai-stt-'));
    for (const file of [
      'talks/b.wav',
      'talks/B.MP3',
      'talks/a/2.opus',
      'talks/a/10.opus',
      'talks/a-b.flac',
      'talks/phone.m4a',
      'talks/notes.txt',
      'talks/b.json',
      'talks/wav',
      'talks/._b.wav',
      'talks/.trash/gone.wav',
      'talks/été/é.ogg',
      'talks/folder.wav/inside.webm',
      'empty/notes.txt',
      'other/talks/c.wav',
    ]) {
      await mkdir(join(root, file, '..'), { recursive: true });
      await writeFile(join(root, file), '');
    }
    await symlink(join(root, 'talks'), join(root, 'talks/a/loop'));
    await symlink(join(root, 'other'), join(root, 'talks/linked'));
    await symlink(join(root, 'talks/b.wav'), join(root, 'talks/z.wav'));
    await symlink(join(root, 'nowhere'), join(root, 'talks/broken.wav'));
  });
  after(() => rm(root, { recursive: true }));

  const places = async (...paths: readonly string[]): Promise<string[]> =>
    (await findRecordings(paths.map((path) => (path === '-' ? path : join(root, path))))).inputs.map((input) =>
      isProblem(input) ? input.error.message : input.place,
    );

  it('finds all audio below a folder by its extension, sorted by path', async () => {
    assert.deepEqual(await places('talks'), [
      'B.MP3',
      'a-b.flac',
      'a/10.opus',
      'a/2.opus',
      'b.wav',
      'broken.wav',
      'folder.wav/inside.webm',
      'linked/talks/c.wav',
      'phone.m4a',
      'z.wav',
      'été/é.ogg',
    ]);
  });

  it('gives the paths to open', async () => {
    const { inputs, hasFolder } = await findRecordings([join(root, 'other')]);
    assert.deepEqual(inputs, [{ path: join(root, 'other/talks/c.wav'), place: 'talks/c.wav' }]);
    assert.ok(hasFolder);
  });

  it('keeps the order of the arguments, and takes any file that is named', async () => {
    assert.deepEqual(await places('talks/notes.txt', '-', 'missing.wav', 'talks/._b.wav'), [
      'notes.txt',
      'standard-input',
      'missing.wav',
      '._b.wav',
    ]);
    assert.equal((await findRecordings(['-'])).hasFolder, false);
  });

  it('keeps several folders apart by their names', async () => {
    assert.deepEqual(await places('talks/a', 'other', 'talks/b.wav'), [
      'a/10.opus',
      'a/2.opus',
      // The link goes to a folder that holds `a`, but not to `a` itself again.
      ...(await places('talks')).filter((place) => !/^a\//.test(place)).map((place) => `a/loop/${place}`),
      'other/talks/c.wav',
      'b.wav',
    ]);
  });

  it('reports a folder without audio', async () => {
    assert.deepEqual(await places('empty', 'other'), [
      `${join(root, 'empty')} holds no audio file, expected names that end in wav, wave, flac, mp3, ogg, oga, opus, webm, weba, mka, mkv (audio-invalid)`,
      'other/talks/c.wav',
    ]);
  });
});
