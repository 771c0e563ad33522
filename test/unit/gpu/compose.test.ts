/** Numbers are written into WGSL as constants, and wrong numbers are rejected before compilation. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SttError } from '../../../src/errors.js';
import { composeSources } from '../../../src/gpu/compose.js';
import { compose } from '../../../src/gpu/kernels.js';
import { compositions } from '../../../tools/compositions.js';

const PART = `enable f16;
requires packed_4x8_integer_dot_product;

override LANES: u32;
override COUNT: u32 = 1u;
override FOLDING: u32 = LANES * COUNT;

var<workgroup> folding: array<f32, FOLDING>;`;
const KERNEL = `enable f16;

override EPS: f32; // of a norm

@compute @workgroup_size(LANES)
fn kernel() {}`;

const composed = (numbers: Record<string, number>): string => composeSources('kernel part', [PART, KERNEL], numbers);
const rejects = (work: () => unknown, pattern: RegExp): void => {
  assert.throws(work, (error) => error instanceof SttError && error.code === 'internal' && pattern.test(error.message));
};

describe('the text of a shader module', () => {
  it('has each number as a constant of its type, and each directive once, at the front', () => {
    assert.equal(
      composed({ LANES: 64, EPS: 1e-8 }),
      `enable f16;
requires packed_4x8_integer_dot_product;



const LANES: u32 = 64u;
const COUNT: u32 = 1u;
const FOLDING: u32 = LANES * COUNT;

var<workgroup> folding: array<f32, FOLDING>;


const EPS: f32 = 1e-8; // of a norm

@compute @workgroup_size(LANES)
fn kernel() {}`,
    );
  });

  it('prefers a given number to the default', () => {
    assert.match(composed({ LANES: 64, COUNT: 9, EPS: 1 }), /^const COUNT: u32 = 9u;$/m);
  });

  it('is rejected if a number is missing or nothing declares it', () => {
    rejects(() => composed({ LANES: 64 }), /^kernel part: EPS has no number, expected one for "override EPS: f32"/);
    rejects(() => composed({ LANES: 64, EPS: 1, NONE: 1, NOR: 2 }), /^kernel part: no source declares NONE, NOR /);
    rejects(() => composed({ LANES: 64, EPS: 1, toString: 1 }), /no source declares toString/);
  });

  it('is rejected if a number does not fit its type', () => {
    for (const LANES of [-1, 1.5, NaN, Infinity, 2 ** 32]) {
      rejects(() => composed({ LANES, EPS: 1 }), new RegExp(`LANES is ${LANES}, expected a number that u32 can hold`));
    }
    for (const EPS of [NaN, -Infinity, 1e39]) {
      rejects(() => composed({ LANES: 64, EPS }), /EPS is .*, expected a number that f32 can hold/);
    }
    assert.match(composed({ LANES: 2 ** 32 - 1, EPS: -1e-45 }), /LANES: u32 = 4294967295u;[^]*EPS: f32 = -1e-45;/);
  });

  for (const form of ['override A: i32;', 'override A = 3u;', '@id(1) override A: u32;', '  override A: u32;']) {
    it(`is rejected if a source declares "${form}"`, () => {
      rejects(() => composeSources('k', [form], {}), /^k: found ".*override A.*;", expected "override NAME: u32;"/);
    });
  }

  it('has no override in any composition of the plans', () => {
    for (const each of compositions()) assert.doesNotMatch(compose(each), /\boverride\b/, each.label);
  });
});
