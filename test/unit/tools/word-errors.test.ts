/** The word error count, on texts whose errors can be counted by hand. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { wordErrors } from '../../../tools/word-errors.js';

describe('wordErrors', () => {
  const cases: readonly (readonly [reference: string, heard: string, errors: number])[] = [
    ['one two three', 'one two three', 0],
    ['one two three', 'one three', 1],
    ['one two three', 'one two and three', 1],
    ['one two three', 'one too three', 1],
    ['one two three', '', 3],
    ['', 'one two', 2],
    ['', '', 0],
    ['goodbye minute five two', 'minute nine nine minute five two', 3],
  ];
  for (const [reference, heard, errors] of cases) {
    it(`counts ${errors} between "${reference}" and "${heard}"`, () =>
      assert.equal(wordErrors(reference, heard), errors));
  }
});
