/** The WGSL lint finds a violation of each of its rules and accepts correct files. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { checkComposition, checkFile, checkSize, checkWgsl, readWgsl } from '../../../tools/check-wgsl.js';
import { compositions } from '../../../tools/compositions.js';
import { parseWgsl } from '../../../tools/wgsl-source.js';

const KERNEL = `// scale.wgsl: a row of a matrix, scaled.
//
//   y[i] = a·W[n, i]
//
// in      weights       part weights_*
// in      a       [1]   f32   the factor,
//                             which is one number
// in/out  y       [M]   f32
// const   M even; n
// parts   weights
// lanes   64 per workgroup; dispatch ceil(M / 64)
//
// Why one row: there is no other.
//
// paper      one, arXiv:0000.00000
// reference  kernels/reference/scale.ts     test  test/scale.test.ts

override M: u32;

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn scale(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x;
  if (i >= M || a[0] == y[i] && M > K4) { return; }
  y[i] = a[0] * number(i);
}
`;

const PART = `// weights_f32.wgsl: part. A row of a matrix.
//
// in     weights  [K4]  vec4f
// const  K4
//
// reference  kernels/reference/scale.ts     test  test/scale.test.ts

override K4: u32;

@group(0) @binding(8) var<storage, read> weights: array<vec4f>;

fn number(i: u32) -> f32 { return weights[min(i / 4u, K4 - 1u)][i % 4u]; }
`;

const NORM = `// norm.wgsl: part. What a product reads.
//
// in     x  [1]  f32
//
// reference  kernels/reference/scale.ts     test  test/scale.test.ts

@group(0) @binding(0) var<storage, read> x: array<f32>;

fn activation() -> f32 { return x[0]; }
`;

const part = parseWgsl('kernels/wgsl/parts/weights_f32.wgsl', PART);
const norm = parseWgsl('kernels/wgsl/parts/norm.wgsl', NORM);
const kernel = (text = KERNEL): ReturnType<typeof parseWgsl> => parseWgsl('kernels/wgsl/scale.wgsl', text);

/** The text with one replacement, which must change it. */
function replaced(text: string, what: string | RegExp, by: string): string {
  const bad = text.replace(what, by);
  assert.notEqual(bad, text, `${what} is not in the sample`);
  return bad;
}

describe('the WGSL lint', () => {
  it('accepts a correct kernel and a correct part', () => {
    assert.deepEqual(checkFile(kernel(), [part]), []);
    assert.deepEqual(checkFile(part, [part]), []);
    assert.deepEqual(checkWgsl([kernel(), part], [{ name: 'scale', parts: ['weights_f32'], constants: {} }]), []);
  });

  for (const [what, from, to, problem] of [
    ['a header of another name', 'scale.wgsl:', 'scales.wgsl:', /does not begin with "\/\/ scale\.wgsl: …"/],
    ['a header that calls it a part', 'scale.wgsl: a', 'scale.wgsl: part. A', /is among the kernels/],
    ['no header at all', /^(\/\/.*\n)+/, '', /does not begin with/],
    ['no formula', '//   y[i] = a·W[n, i]\n', '', /the header has no formula/],
    ['no lanes', /\/\/ lanes .*\n/, '', /the header has no lanes/],
    ['no constants', /\/\/ const .*\n/, '', /the header has no const/],
    ['no reference', /\/\/ reference.*\n/, '', /the header has no reference/],
    [
      'a formula after the lanes',
      '//   y[i] = a·W[n, i]\n',
      '// lanes  64\n//\n//   y[i] = 1\n',
      /formula is too late/,
    ],
    ['a reason before the inputs', '// in      weights', '// Because.\n// in      weights', /in is too late/],
    ['a line that only parts may have', '// lanes ', '// needs   prepare\n// lanes ', /must not have needs/],
    [
      'an input that is not bound',
      '// in      a ',
      '// in      b ',
      /names b, which nothing binds.*\n.*does not name a/,
    ],
    ['a binding the header leaves out', 'read> a:', 'read> b:', /names a, which nothing binds.*\n.*does not name b/],
    ['an input that is writable', '// in/out  y', '// in      y', /lists y as in, but it is bound as read_write/],
    ['an output that is not writable', 'read_write> y', 'read> y', /lists y as in\/out, but it is bound as read/],
    ['a part that does not bind it', 'part weights_*', 'part ring', /names weights, which nothing binds/],
    [
      'bindings named in another order',
      '(0) var<storage, read>',
      '(1) var<storage, read>',
      /expected the order|binds 1,1/,
    ],
    ['a constant the header leaves out', 'const   M even', 'const   K4 even', /const does not name M/],
    [
      'a constant that is not declared',
      'const   M even',
      'const   M, N even',
      /const names N, expected names of overrides/,
    ],
    [
      'a constant that is not used',
      'override M: u32;',
      'override M: u32;\noverride K4: u32 = 1u;',
      /const does not name K4/,
    ],
    ['a binding that is not used', / \|\| a\[0\] == .* K4|a\[0\] \* /g, '', /a is bound but not used/],
    ['a writable binding that is never written', 'y[i] = a[0]', 'let z = a[0]', /y is read_write but never written/],
    ['a write to an input', 'y[i] = a[0]', 'a[0] += y[i]', /a is bound read but written/],
    ['a pointer to an input', 'number(i)', 'number(&a[0])', /a is bound read but written/],
    ['a local name that hides a binding', 'let i = id.x;', 'let i = id.x; let a = 1;', /hides the binding a/],
    ['a parameter that hides a binding', '@compute', 'fn f(y: u32) {}\n@compute', /hides the binding y/],
    ['a gap in the numbers', '@binding(1)', '@binding(2)', /binds 0,2: expected 0 and on/],
    ['a number reserved for matrices', '@binding(1)', '@binding(8)', /8 and on are for a matrix/],
    [
      'an array sized by a product',
      '@compute',
      'var<workgroup> v: array<f32, M * K4>;\n@compute',
      /sized by "M \* K4"/,
    ],
    [
      'an array sized by a quotient',
      '@compute',
      'var<workgroup> v: array<vec2f, (M + 1u) / 2u>;\n@compute',
      /"\(M \+ 1u\) \/ 2u"/,
    ],
    [
      'an array sized by a shift',
      '@compute',
      'var<workgroup> v: array<f32, (M >> 1u)>;\n@compute',
      /sized by "\(M >> 1u\)"/,
    ],
    [
      'an array sized by a call',
      '@compute',
      'var<workgroup> v: array<f32, max(M, 1u)>;\n@compute',
      /sized by "max\(M, 1u\)"/,
    ],
    [
      'an array within another sized by a product',
      '@compute',
      'alias V = array<array<f32, M * 2u>, 4>;\n@compute',
      /sized by "M \* 2u"/,
    ],
    [
      'an array around another sized by a difference',
      '@compute',
      'alias V = array<array<f32, 4>, M - 2u>;\n@compute',
      /sized by "M - 2u"/,
    ],
    [
      'an array of a lane sized by a sum',
      'let i = id.x;',
      'var v: array<f32, M + 1u>; let i = id.x;',
      /sized by "M \+ 1u", expected a .* name/,
    ],
    [
      'an array of a member sized by a remainder',
      '@compute',
      'struct S { v: array<u32, M % 8u>, }\n@compute',
      /sized by "M % 8u"/,
    ],
    ['an override without a type', 'override M: u32;', 'override M = 3u;', /declares "override M = 3u;", expected/],
    ['an override of another type', 'override M: u32;', 'override M: i32;', /declares "override M: i32;", expected/],
    ['an override with an id', 'override M: u32;', '@id(7) override M: u32;', /declares "@id\(7\) override M: u32;"/],
    [
      'a uniform',
      'var<storage, read> a',
      'var<uniform> a',
      /has 2 bindings, expected all in storage of group 0, found 1/,
    ],
    ['a second entry point', /$/, '@compute @workgroup_size(1) fn more() {}\n', /entry points are scale, more/],
    ['an entry point of another name', 'fn scale', 'fn scaled', /entry points are scaled, expected scale/],
  ] as const) {
    it(`rejects a kernel with ${what}`, () => {
      assert.match(checkFile(kernel(replaced(KERNEL, from, to)), [part]).join('\n'), problem);
    });
  }

  it('catches an override that is not used', () => {
    const text = replaced(replaced(KERNEL, 'i >= M ||', 'i > 7u ||'), '&& M > K4', '&& v.M > K4');
    assert.match(checkFile(kernel(text), [part]).join('\n'), /the override M is not used/);
  });

  for (const [what, from, to, problem] of [
    ['a title without "part."', 'part. A', 'a', /does not begin with "\/\/ weights_f32\.wgsl: part\. …"/],
    ['lanes', '// const ', '// lanes  64\n// const ', /header of a part must not have lanes/],
    ['an entry point', /$/, '@compute @workgroup_size(1) fn run() {}\n', /a part has the entry point run/],
    ['a matrix bound below 8', '@binding(8)', '@binding(2)', /a matrix binds 8 and on/],
    ['a binding that is not used', 'return weights[', 'return v.weights[', /weights is bound but not used/],
    ['an override that is not used', 'K4 - 1u', '7u', /the override K4 is not used/],
  ] as const) {
    it(`rejects a part with ${what}`, () => {
      const bad = parseWgsl('kernels/wgsl/parts/weights_f32.wgsl', replaced(PART, from, to));
      assert.match(checkFile(bad, [bad]).join('\n'), problem);
    });
  }

  it('catches too many storage buffers and a number that is bound twice in a composition', () => {
    const bindings = Array.from({ length: 8 }, (_, number) => ({ name: `b${number}`, number, writable: false }));
    const many = { ...kernel(), bindings };
    assert.match(checkComposition(many, ['weights_f32'], [part]).join('\n'), /binds 9 storage buffers, at most 8/);
    assert.match(checkComposition(kernel(), ['weights_f32', 'norm'], [part, norm]).join('\n'), /binds 0 twice/);
  });

  it('catches a composition with other parts than the header lists', () => {
    assert.match(checkComposition(kernel(), [], [part]).join('\n'), /has the parts none, its header lists weights/);
    const problems = checkComposition(kernel(), ['weights_f32', 'norm'], [part, norm]).join('\n');
    assert.match(problems, /has the parts norm weights, its header lists weights/);
  });

  it('catches workgroups beyond the default limits', () => {
    const shared = 'const HALF = 2u;\nvar<workgroup> shared: array<vec2f, (LANES + HALF - 1u) / HALF * COUNT>;\n';
    const wide = kernel(`${KERNEL}${shared}`);
    const planned = (LANES: number, COUNT: number): string =>
      checkSize({ name: 'scale', parts: [], constants: { LANES, COUNT } }, [wide, part]).join('\n');
    assert.equal(planned(255, 16), '');
    assert.match(planned(255, 17), /LANES=255 COUNT=17: 17408 bytes of workgroup memory, at most 16384/);
    assert.match(planned(512, 1), /512 lanes, at most 256/);
  });

  it('catches files that no plan uses and kernels that do not exist', () => {
    const problems = checkWgsl([kernel(), part, norm], [{ name: 'scale', parts: ['weights_f32'], constants: {} }]).join(
      '\n',
    );
    assert.match(problems, /norm\.wgsl: no plan uses it/);
    assert.match(
      checkWgsl([], [{ name: 'lost', parts: [], constants: {} }]).join('\n'),
      /uses lost\.wgsl, which does not exist/,
    );
  });

  it('finds no problem in the kernels of this package and their compositions', () => {
    const sources = readWgsl(fileURLToPath(new URL('../../..', import.meta.url)));
    assert.ok(sources.length > 30);
    assert.deepEqual(checkWgsl(sources, compositions()), []);
  });
});
