/** The WGSL lint itself: each rule has an offender it catches, and what is right passes. */
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

/** A text with one thing wrong. */
function spoilt(text: string, what: string | RegExp, by: string): string {
  const bad = text.replace(what, by);
  assert.notEqual(bad, text, `${what} is not in the sample`);
  return bad;
}

describe('the WGSL lint', () => {
  it('lets a kernel and a part be that are as they ought', () => {
    assert.deepEqual(checkFile(kernel(), [part]), []);
    assert.deepEqual(checkFile(part, [part]), []);
    assert.deepEqual(checkWgsl([kernel(), part], [{ name: 'scale', parts: ['weights_f32'], constants: {} }]), []);
  });

  for (const [what, from, to, problem] of [
    ['a header of another name', 'scale.wgsl:', 'scales.wgsl:', /does not begin with "\/\/ scale\.wgsl: …"/],
    ['a kernel that calls itself a part', 'scale.wgsl: a', 'scale.wgsl: part. A', /lies among kernels/],
    ['no header', /^(\/\/.*\n)+/, '', /does not begin with/],
    ['no formula', '//   y[i] = a·W[n, i]\n', '', /the header has no formula/],
    ['no lanes', /\/\/ lanes .*\n/, '', /the header has no lanes/],
    ['no constants', /\/\/ const .*\n/, '', /the header has no const/],
    ['no reference', /\/\/ reference.*\n/, '', /the header has no reference/],
    [
      'a formula after the lanes',
      '//   y[i] = a·W[n, i]\n',
      '// lanes  64\n//\n//   y[i] = 1\n',
      /formula comes too late/,
    ],
    ['a reason before the inputs', '// in      weights', '// Because.\n// in      weights', /in comes too late/],
    ['what only parts say', '// lanes ', '// needs   prepare\n// lanes ', /has no place for needs/],
    ['an input nothing binds', '// in      a ', '// in      b ', /names b, which nothing binds.*\n.*does not name a/],
    ['a binding the header leaves out', 'read> a:', 'read> b:', /names a, which nothing binds.*\n.*does not name b/],
    ['an input that is writable', '// in/out  y', '// in      y', /says in y, which is bound read_write/],
    ['an output that is not', 'read_write> y', 'read> y', /says in\/out y, which is bound read/],
    ['a part that does not bind it', 'part weights_*', 'part ring', /names weights, which nothing binds/],
    ['bindings told in another order', '(0) var<storage, read>', '(1) var<storage, read>', /named as|binds 1,1/],
    ['a constant the header leaves out', 'const   M even', 'const   K4 even', /const does not name M/],
    ['a constant nothing declares', 'const   M even', 'const   M, N even', /const names N, which is no override/],
    [
      'a constant nothing uses',
      'override M: u32;',
      'override M: u32;\noverride K4: u32 = 1u;',
      /const does not name K4/,
    ],
    ['a binding nothing uses', / \|\| a\[0\] == .* K4|a\[0\] \* /g, '', /a is bound but not used/],
    ['a writable binding nothing writes', 'y[i] = a[0]', 'let z = a[0]', /y is read_write but nothing writes it/],
    ['a write to an input', 'y[i] = a[0]', 'a[0] += y[i]', /a is read but something writes it/],
    ['a pointer to an input', 'number(i)', 'number(&a[0])', /a is read but something writes it/],
    ['a local name that hides a binding', 'let i = id.x;', 'let i = id.x; let a = 1;', /hides the binding a/],
    ['a parameter that hides a binding', '@compute', 'fn f(y: u32) {}\n@compute', /hides the binding y/],
    ['a gap in the numbers', '@binding(1)', '@binding(2)', /binds 0,2: expected 0 and on/],
    ['a number that is a matrix’s', '@binding(1)', '@binding(8)', /from 8 on a matrix is bound/],
    [
      'an array sized by a product',
      '@compute',
      'var<workgroup> v: array<f32, M * K4>;\n@compute',
      /sized by "M \* K4"/,
    ],
    [
      'one by a quotient',
      '@compute',
      'var<workgroup> v: array<vec2f, (M + 1u) / 2u>;\n@compute',
      /"\(M \+ 1u\) \/ 2u"/,
    ],
    ['one by a shift', '@compute', 'var<workgroup> v: array<f32, (M >> 1u)>;\n@compute', /sized by "\(M >> 1u\)"/],
    ['one by a call', '@compute', 'var<workgroup> v: array<f32, max(M, 1u)>;\n@compute', /sized by "max\(M, 1u\)"/],
    ['one within another', '@compute', 'alias V = array<array<f32, M * 2u>, 4>;\n@compute', /sized by "M \* 2u"/],
    ['one around another', '@compute', 'alias V = array<array<f32, 4>, M - 2u>;\n@compute', /sized by "M - 2u"/],
    [
      'a lane’s own',
      'let i = id.x;',
      'var v: array<f32, M + 1u>; let i = id.x;',
      /sized by "M \+ 1u", expected a .* name/,
    ],
    ['a member’s', '@compute', 'struct S { v: array<u32, M % 8u>, }\n@compute', /sized by "M % 8u"/],
    ['an override without a type', 'override M: u32;', 'override M = 3u;', /declares "override M = 3u;", expected/],
    ['an override of another type', 'override M: u32;', 'override M: i32;', /declares "override M: i32;", expected/],
    ['an override with an id', 'override M: u32;', '@id(7) override M: u32;', /declares "@id\(7\) override M: u32;"/],
    ['a uniform', 'var<storage, read> a', 'var<uniform> a', /has 2 bindings, 1 of them storage/],
    ['a second entry point', /$/, '@compute @workgroup_size(1) fn more() {}\n', /entry points are scale, more/],
    ['an entry point of another name', 'fn scale', 'fn scaled', /entry points are scaled, not scale/],
  ] as const) {
    it(`catches in a kernel ${what}`, () => {
      assert.match(checkFile(kernel(spoilt(KERNEL, from, to)), [part]).join('\n'), problem);
    });
  }

  it('catches an override that only its own declaration mentions', () => {
    const text = spoilt(spoilt(KERNEL, 'i >= M ||', 'i > 7u ||'), '&& M > K4', '&& v.M > K4');
    assert.match(checkFile(kernel(text), [part]).join('\n'), /M is an override nothing uses/);
  });

  for (const [what, from, to, problem] of [
    ['a title without "part."', 'part. A', 'a', /does not begin with "\/\/ weights_f32\.wgsl: part\. …"/],
    ['lanes', '// const ', '// lanes  64\n// const ', /header of a part has no place for lanes/],
    ['an entry point', /$/, '@compute @workgroup_size(1) fn run() {}\n', /a part has the entry point run/],
    ['a matrix bound below 8', '@binding(8)', '@binding(2)', /a matrix binds 8 and on/],
    ['a binding nothing uses', 'return weights[', 'return v.weights[', /weights is bound but not used/],
    ['an override nothing uses', 'K4 - 1u', '7u', /K4 is an override nothing uses/],
  ] as const) {
    it(`catches in a part ${what}`, () => {
      const bad = parseWgsl('kernels/wgsl/parts/weights_f32.wgsl', spoilt(PART, from, to));
      assert.match(checkFile(bad, [bad]).join('\n'), problem);
    });
  }

  it('counts a composition’s storage buffers, and sees one number bound twice', () => {
    const bindings = Array.from({ length: 8 }, (_, number) => ({ name: `b${number}`, number, writable: false }));
    const many = { ...kernel(), bindings };
    assert.match(checkComposition(many, ['weights_f32'], [part]).join('\n'), /binds 9 storage buffers, at most 8/);
    assert.match(checkComposition(kernel(), ['weights_f32', 'norm'], [part, norm]).join('\n'), /binds 0 twice/);
  });

  it('catches a composition of other parts than the header says', () => {
    assert.match(checkComposition(kernel(), [], [part]).join('\n'), /from the parts , its header says weights/);
    const problems = checkComposition(kernel(), ['weights_f32', 'norm'], [part, norm]).join('\n');
    assert.match(problems, /from the parts norm weights, its header says weights/);
  });

  it('catches workgroups too large for the least of GPUs', () => {
    const shared = 'const HALF = 2u;\nvar<workgroup> shared: array<vec2f, (LANES + HALF - 1u) / HALF * COUNT>;\n';
    const wide = kernel(`${KERNEL}${shared}`);
    const planned = (LANES: number, COUNT: number): string =>
      checkSize({ name: 'scale', parts: [], constants: { LANES, COUNT } }, [wide, part]).join('\n');
    assert.equal(planned(255, 16), '');
    assert.match(planned(255, 17), /LANES=255 COUNT=17: 17408 bytes of workgroup memory, at most 16384/);
    assert.match(planned(512, 1), /512 lanes, at most 256/);
  });

  it('catches what no plan uses, and a plan’s kernel that is not there', () => {
    const problems = checkWgsl([kernel(), part, norm], [{ name: 'scale', parts: ['weights_f32'], constants: {} }]).join(
      '\n',
    );
    assert.match(problems, /norm\.wgsl: no plan uses it/);
    assert.match(
      checkWgsl([], [{ name: 'lost', parts: [], constants: {} }]).join('\n'),
      /uses lost\.wgsl, which is not there/,
    );
  });

  it('finds nothing in the kernels there are, as the plans put them together', () => {
    const sources = readWgsl(fileURLToPath(new URL('../../..', import.meta.url)));
    assert.ok(sources.length > 30);
    assert.deepEqual(checkWgsl(sources, compositions()), []);
  });
});
