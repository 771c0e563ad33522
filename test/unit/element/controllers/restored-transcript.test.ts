import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { textOf } from '../../../../src/client/transcript.js';
import { restoredTranscript } from '../../../../src/element/controllers/restored-transcript.js';

describe('a restored transcript', () => {
  for (const text of ['', 'one two', 'one\ntwo', 'one\n\ntwo three\nfour'])
    it(`keeps lines and paragraphs of ${JSON.stringify(text)}`, () => {
      assert.equal(textOf(restoredTranscript(text)), text);
    });

  it('has at most one empty line between its lines, and none around them', () => {
    assert.equal(textOf(restoredTranscript('\n\none\n \n\n\ntwo\n\n')), 'one\n\ntwo');
  });
});
