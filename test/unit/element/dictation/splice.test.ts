import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { moved, spliceBetween } from '../../../../src/element/dictation/splice.js';

describe('spliceBetween', () => {
  it('finds what changed between two texts', () => {
    assert.equal(spliceBetween('same', 'same'), undefined);
    assert.deepEqual(spliceBetween('go on', 'go right on'), { start: 3, removed: 0, inserted: 6 });
    assert.deepEqual(spliceBetween('go right on', 'go on'), { start: 3, removed: 6, inserted: 0 });
    assert.deepEqual(spliceBetween('go left', 'go right'), { start: 3, removed: 3, inserted: 4 });
    assert.deepEqual(spliceBetween('', 'go'), { start: 0, removed: 0, inserted: 2 });
    assert.deepEqual(spliceBetween('go', ''), { start: 0, removed: 2, inserted: 0 });
  });

  it('uses the caret to locate a change among equal letters', () => {
    assert.deepEqual(spliceBetween('aaa', 'aaaa', 1), { start: 0, removed: 0, inserted: 1 });
    assert.deepEqual(spliceBetween('aaa', 'aaaa', 4), { start: 3, removed: 0, inserted: 1 });
    assert.deepEqual(spliceBetween('aaa', 'aa', 0), { start: 0, removed: 1, inserted: 0 });
  });

  it('ignores a caret that does not match the change', () => {
    assert.deepEqual(spliceBetween('go on', 'GO ON', 2), { start: 0, removed: 5, inserted: 5 });
  });

  it('turns one text into the other, wherever the caret is', () => {
    const texts = ['', 'a', 'ab', 'aab', 'aba', 'bab', 'abab', 'aabb', 'ababa'];
    for (const before of texts) {
      for (const after of texts) {
        for (const caret of [undefined, ...Array(after.length + 1).keys()]) {
          const splice = spliceBetween(before, after, caret) ?? { start: 0, removed: 0, inserted: 0 };
          const { start, removed, inserted } = splice;
          const made = before.slice(0, start) + after.slice(start, start + inserted) + before.slice(start + removed);
          assert.equal(made, after, JSON.stringify({ before, after, caret, splice }));
        }
      }
    }
  });
});

describe('moved', () => {
  it('moves a position with text inserted or removed before it', () => {
    assert.equal(moved(5, { start: 2, removed: 0, inserted: 3 }), 8);
    assert.equal(moved(5, { start: 2, removed: 2, inserted: 0 }), 3);
    assert.equal(moved(5, { start: 7, removed: 2, inserted: 9 }), 5);
  });

  it('keeps a position after text inserted at it, and before text replaced after it', () => {
    assert.equal(moved(5, { start: 5, removed: 0, inserted: 3 }), 8);
    assert.equal(moved(5, { start: 5, removed: 2, inserted: 1 }), 5);
    assert.equal(moved(5, { start: 3, removed: 2, inserted: 1 }), 4);
  });

  it('moves a position to the end of text that replaces the text around it', () => {
    assert.equal(moved(5, { start: 3, removed: 9, inserted: 1 }), 4);
    assert.equal(moved(5, { start: 3, removed: 9, inserted: 0 }), 3);
  });
});
