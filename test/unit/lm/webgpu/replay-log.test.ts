/** A stream's history against plain arrays that forget nothing. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ReplayLog } from '../../../../src/lm/webgpu/replay-log.js';
import { seeded } from './seeded.js';

const INITIAL = 33;

/** Everything that was pushed and known since the start. */
class Plain {
  readonly codes: number[][] = [];
  readonly tokens: number[] = [];
}

/** The last `keep` steps before the first without a token, and all after it, are what they were. */
function assertSame(history: ReplayLog, plain: Plain, nQ: number, keep: number): void {
  assert.deepEqual([history.pushed, history.known], [plain.codes.length, plain.tokens.length]);
  const oldest = Math.max(0, history.known - keep);
  const copied = new Uint32Array(nQ + 2);
  for (let t = oldest; t < history.pushed; t++) {
    copied.fill(7);
    history.copyCodes(t, copied, 1);
    assert.deepEqual([...copied], [7, ...(plain.codes[t] ?? []), 7], `codes of step ${t} of ${history.pushed}`);
  }
  for (let t = oldest; t < history.known; t++) assert.equal(history.token(t), plain.tokens[t], `token of step ${t}`);
}

describe('the history of a stream', () => {
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    it(`holds what a replay needs, however far pushes run ahead (seed ${seed})`, () => {
      const below = seeded(seed);
      const nQ = 1 + below(8);
      const keep = 1 + below(30);
      const history = new ReplayLog(nQ, INITIAL, keep + below(20));
      let plain = new Plain();
      // Sometimes the pushes win, sometimes the tokens: the ring grows and then turns many times.
      for (let i = 0, ahead = 4; i < 3000; i++) {
        if (i % 500 === 0) ahead = 1 + below(7);
        if (below(400) === 0) {
          history.clear();
          plain = new Plain();
        }
        if (plain.tokens.length === plain.codes.length || below(8) < ahead) {
          const codes = below(10) === 0 ? null : Uint32Array.from({ length: nQ }, () => below(INITIAL));
          history.push(codes, keep);
          plain.codes.push(codes ? [...codes] : new Array<number>(nQ).fill(INITIAL));
          codes?.fill(99); // it was copied
        } else {
          const token = below(8000);
          history.know(token);
          plain.tokens.push(token);
        }
        if (i % 7 === 0) assertSame(history, plain, nQ, keep);
      }
      assertSame(history, plain, nQ, keep);
    });
  }

  it('turns in place where pushes stay close to the tokens', () => {
    const history = new ReplayLog(2, INITIAL, 10);
    for (let t = 0; t < 1000; t++) {
      history.push(Uint32Array.of(t, t + 1), 5);
      history.know(t);
    }
    const copied = new Uint32Array(2);
    history.copyCodes(995, copied, 0);
    assert.deepEqual([[...copied], history.token(995), history.token(999)], [[995, 996], 995, 999]);
    // Step 985 lay where 995 is: nothing grew.
    history.copyCodes(985, copied, 0);
    assert.deepEqual([...copied], [995, 996]);
  });
});
