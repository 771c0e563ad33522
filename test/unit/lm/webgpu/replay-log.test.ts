/** The replay log compared with plain arrays that keep everything. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ReplayLog } from '../../../../src/lm/webgpu/replay-log.js';
import { seeded } from './seeded.js';

const INITIAL = 33;

/** All codes and tokens since the start. */
class Plain {
  readonly codes: number[][] = [];
  readonly tokens: number[] = [];
}

/** Checks the last `keep` steps with a token, and all steps after them. */
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

describe('the replay log of a stream', () => {
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    it(`keeps what a replay needs, however far pushes run ahead (seed ${seed})`, () => {
      const below = seeded(seed);
      const nQ = 1 + below(8);
      const keep = 1 + below(30);
      const log = new ReplayLog(nQ, INITIAL, keep + below(20));
      let plain = new Plain();
      // Pushes and tokens lead in turn: the log grows, then wraps many times.
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

  it('wraps without growing if pushes stay close to the tokens', () => {
    const log = new ReplayLog(2, INITIAL, 10);
    for (let t = 0; t < 1000; t++) {
      log.push(Uint32Array.of(t, t + 1), 5);
      log.addToken(t);
    }
    const copied = new Uint32Array(2);
    log.copyCodes(995, copied, 0);
    assert.deepEqual([[...copied], log.token(995), log.token(999)], [[995, 996], 995, 999]);
    // Step 985 was in the place of 995: the log has not grown.
    log.copyCodes(985, copied, 0);
    assert.deepEqual([...copied], [995, 996]);
  });
});
