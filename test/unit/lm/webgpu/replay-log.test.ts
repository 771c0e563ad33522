/** A stream's log against plain arrays that forget nothing. */
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
function assertSame(log: ReplayLog, plain: Plain, nQ: number, keep: number): void {
  assert.deepEqual([log.pushed, log.known], [plain.codes.length, plain.tokens.length]);
  const oldest = Math.max(0, log.known - keep);
  const copied = new Uint32Array(nQ + 2);
  for (let t = oldest; t < log.pushed; t++) {
    copied.fill(7);
    log.copyCodes(t, copied, 1);
    assert.deepEqual([...copied], [7, ...(plain.codes[t] ?? []), 7], `codes of step ${t} of ${log.pushed}`);
  }
  for (let t = oldest; t < log.known; t++) assert.equal(log.token(t), plain.tokens[t], `token of step ${t}`);
}

describe('the log of a stream', () => {
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    it(`holds what a replay needs, however far pushes run ahead (seed ${seed})`, () => {
      const below = seeded(seed);
      const nQ = 1 + below(8);
      const keep = 1 + below(30);
      const log = new ReplayLog(nQ, INITIAL, keep + below(20));
      let plain = new Plain();
      // Sometimes the pushes win, sometimes the tokens: the ring grows and then turns many times.
      for (let i = 0, ahead = 4; i < 3000; i++) {
        if (i % 500 === 0) ahead = 1 + below(7);
        if (below(400) === 0) {
          log.clear();
          plain = new Plain();
        }
        if (plain.tokens.length === plain.codes.length || below(8) < ahead) {
          const codes = below(10) === 0 ? null : Uint32Array.from({ length: nQ }, () => below(INITIAL));
          log.push(codes, keep);
          plain.codes.push(codes ? [...codes] : new Array<number>(nQ).fill(INITIAL));
          codes?.fill(99); // it was copied
        } else {
          const token = below(8000);
          log.addToken(token);
          plain.tokens.push(token);
        }
        if (i % 7 === 0) assertSame(log, plain, nQ, keep);
      }
      assertSame(log, plain, nQ, keep);
    });
  }

  it('turns in place where pushes stay close to the tokens', () => {
    const log = new ReplayLog(2, INITIAL, 10);
    for (let t = 0; t < 1000; t++) {
      log.push(Uint32Array.of(t, t + 1), 5);
      log.addToken(t);
    }
    const copied = new Uint32Array(2);
    log.copyCodes(995, copied, 0);
    assert.deepEqual([[...copied], log.token(995), log.token(999)], [[995, 996], 995, 999]);
    // Step 985 lay where 995 is: nothing grew.
    log.copyCodes(985, copied, 0);
    assert.deepEqual([...copied], [995, 996]);
  });
});
