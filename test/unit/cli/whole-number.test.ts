import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { wholeNumber } from '../../../src/cli/whole-number.js';

describe('wholeNumber', () => {
  it('accepts digits between the limits, which are included', () => {
    assert.deepEqual(
      ['1', '007', '64'].map((value) => wholeNumber('--n', value, 1, 64)),
      [1, 7, 64],
    );
    assert.equal(wholeNumber('--seed', '9007199254740991', 0), Number.MAX_SAFE_INTEGER);
  });

  for (const value of ['', ' 1', '-1', '+1', '1.0', '1e1', '0x1', 'Infinity', '0', '65'])
    it(`refuses ${JSON.stringify(value)}`, () => {
      const message = `--n is ${value}, expected a whole number from 1 to 64 (invalid-argument)`;
      assert.throws(() => wholeNumber('--n', value, 1, 64), { code: 'invalid-argument', message });
    });

  it('refuses a number that is not exact', () => {
    assert.throws(
      () => wholeNumber('--seed', '9007199254740992', 0),
      /expected a whole number from 0 to 2\^53 − 1 \(invalid-argument\)$/,
    );
  });
});
