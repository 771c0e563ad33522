import assert from 'node:assert/strict';
import { basename } from 'node:path';
import { describe, it } from 'node:test';
import { outputNames } from '../../../../src/cli/transcribe/output-names.js';

const free = (): boolean => false;
/** Of files that are named one by one. */
const named = (...paths: readonly string[]): string[] =>
  outputNames(
    paths.map((path) => ({ path, place: path === '-' ? 'standard-input' : basename(path) })),
    free,
  );
/** Of files found in one folder. */
const found = (...places: readonly string[]): string[] =>
  outputNames(
    places.map((place) => ({ path: `/archive/${place}`, place })),
    free,
  );

describe('outputNames', () => {
  it('mirrors the tree', () => {
    assert.deepEqual(found('a.wav', '2023/a.wav', '2024/05/talk.one.mp3'), ['a', '2023/a', '2024/05/talk.one']);
    assert.deepEqual(named('/x/y/a.wav', '-'), ['a', 'standard-input']);
  });

  it('takes off extensions only', () => {
    assert.deepEqual(found('Release v1.2', 'talk.2024', 'no extension', 'a.mp4', 'b.FLAC'), [
      'Release v1.2',
      'talk.2024',
      'no extension',
      'a',
      'b',
    ]);
  });

  it('keeps the extensions where the names are the same without', () => {
    assert.deepEqual(found('a.wav', 'a.mp3', 'b.wav', 'sub/a.wav'), ['a.wav', 'a.mp3', 'b', 'sub/a']);
  });

  it('keeps the folders of files with the same name', () => {
    assert.deepEqual(named('/x/2023/a.wav', '/x/2024/a.wav', '/x/2024/b.wav'), ['2023/a', '2024/a', 'b']);
    assert.deepEqual(named('/x/1/a.wav', '/x/2/a.wav', '/x/2/a.mp3'), ['1/a', '2/a', 'a.mp3']);
  });

  it('has no two names that a disk which ignores case takes for one', () => {
    for (const places of [
      ['Talk.wav', 'talk.wav'],
      ['TALK.wav', 'talk.WAV', 'Talk.mp3'],
      // é as one character and as two
      ['\u00e9.wav', 'e\u0301.wav'],
      ['a.wav', 'A.wav', 'a.wav (1)', 'A.wav (2)', 'a.wav.wav', 'a', 'A'],
    ]) {
      const names = found(...places);
      const keys = names.map((name) => name.normalize('NFC').toLowerCase());
      assert.equal(new Set(keys).size, places.length, names.join(', '));
    }
  });

  it('gives the same names in any order of the list where they differ by more than case', () => {
    const places = ['a.wav', 'a.mp3', 'sub/a.wav', 'sub/a.flac', 'b.wav'];
    const pairs = (list: readonly string[]): string[] => found(...list).map((name, i) => `${list[i]} ${name}`);
    assert.deepEqual(pairs([...places].reverse()).sort(), pairs(places).sort());
  });

  it('replaces no recording', () => {
    const names = outputNames([{ path: '/archive/talk.txt', place: 'talk.txt' }], (name) => name === 'talk');
    assert.deepEqual(names, ['talk.txt']);
  });
});
