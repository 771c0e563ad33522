/** How the work of one kernel call is shared out: along outputs that do not depend on each other, so that no sum changes. */
import { blockSize, type QuantType } from '../model/tensor-types.js';
import type { OpArgs, OpName } from './ops.js';
import { packedGroupBytes } from './pack.js';
import { attentionFloats, mixedFloats, ringFloats, roundedFloats, stepsFloats } from './scratch.js';

/** How an op of arguments A is cut. */
interface Cut<A> {
  /** How many outputs there are; a part begins at a multiple of `step`. */
  readonly count: (a: A) => number;
  readonly step: number;
  /** Multiply-adds, or what takes as long. */
  readonly work: (a: A) => number;
  /** The call for outputs `from` … `to` − 1, the `index`th part. */
  readonly part: (a: A, from: number, to: number, index: number) => A;
  /**
   * The only array that other calls write and this one reads by part, or the other way round; 0 where it is not so. Calls
   * that follow each other on one array need not wait for each other's other parts.
   */
  readonly along?: (a: A) => number;
}

/** Less is done by one thread sooner than by two: a meeting costs half a microsecond. */
const LEAST_WORK = 30_000;
/** Floats of a cache line: two threads never write the same. */
const LINE = 16;
/** Activations are quantised in blocks of as many elements as Q8_0 weights. */
const BLOCK = blockSize('q8_0');

/** A pointer that may be 0 for nothing. */
function moved(pointer: number, bytes: number): number {
  return pointer === 0 ? 0 : pointer + bytes;
}

function quantised<A extends OpArgs<'matvec_q8_0'>>(type: QuantType): Cut<A> {
  return {
    count: (a) => a.N,
    step: 16, // rows of W for each of four streams
    work: (a) => a.rows * a.N * a.K,
    part: (a, from, to) => ({
      ...a,
      W: a.W + (from / 4) * packedGroupBytes(type, a.K),
      y: a.y + 4 * from,
      N: to - from,
    }),
  };
}

function half(): Cut<OpArgs<'matvec_f16'>> {
  return {
    count: (a) => a.N,
    step: LINE,
    work: (a) => 2 * a.N * a.K,
    part: (a, from, to) => ({ ...a, W: a.W + 2 * from * a.K, y: a.y + 4 * from, N: to - from }),
  };
}

/** A scalar loop, four times as slow as a product. */
function embedding(): Cut<OpArgs<'embed_f32'>> {
  return {
    count: (a) => a.M,
    step: BLOCK,
    work: (a) => 16 * a.M,
    part: (a, from, to) => ({
      ...a,
      table: a.table + (from / a.M) * a.stride,
      y: a.y + 4 * from,
      M: to - from,
    }),
    along: (a) => a.y,
  };
}

const CUTS: { readonly [N in OpName]?: Cut<OpArgs<N>> } = {
  gemm: {
    count: (a) => a.N,
    step: LINE,
    work: (a) => 2 * a.M * a.N * a.K,
    part: (a, from, to) => ({
      ...a,
      W: a.W + 4 * from * a.K,
      bias: moved(a.bias, 4 * from),
      scale: moved(a.scale, 4 * from),
      y: a.y + 4 * from,
      N: to - from,
    }),
  },
  matvec_q4_0: quantised('q4_0'),
  matvec_q8_0: quantised('q8_0'),
  matvec_f16: half(),
  matvec_bf16: half(),
  embed_f32: embedding(),
  embed_f16: embedding(),
  embed_bf16: embedding(),
  embed_q8_0: embedding(),
  embed_q4_0: embedding(),
  gelu: {
    count: (a) => a.n,
    step: LINE,
    work: (a) => 20 * a.n,
    part: (a, from, to) => ({ x: a.x + 4 * from, n: to - from }),
  },
  swiglu: {
    count: (a) => a.n,
    step: BLOCK,
    work: (a) => 20 * a.rows * a.n,
    part: (a, from, to) => ({
      ...a,
      gate: a.gate + 4 * from,
      up: a.up + 4 * from,
      y: a.y + 4 * from,
      n: to - from,
    }),
    along: (a) => (a.rows === 1 ? a.y : 0),
  },
  quantize: {
    count: (a) => a.K,
    step: BLOCK,
    work: (a) => 8 * a.K,
    part: (a, from, to) => ({
      x: a.x + 4 * from,
      q: a.q + from,
      d: a.d + from / 8,
      s: a.s + from / 8,
      K: to - from,
    }),
    along: (a) => a.x,
  },
  conv: {
    count: (a) => a.N,
    step: LINE,
    work: (a) => a.M * a.N * a.K,
    part: (a, from, to) => ({
      ...a,
      W: a.W + 4 * from * a.K,
      N: to - from,
      bias: a.bias + 4 * from,
      before: moved(a.before, 4 * from),
      y: moved(a.y, 4 * from),
      activated: moved(a.activated, 4 * from),
    }),
  },
  conv_strided: {
    count: (a) => a.N,
    step: LINE,
    work: (a) => a.M * a.N * a.L,
    part: (a, from, to, index) => ({ ...columns(a, from, to), steps: a.steps + 4 * index * stepsFloats(a.M, a.L) }),
  },
  conv_three: {
    count: (a) => a.N,
    step: LINE,
    work: (a) => 2 * a.M * a.N * a.L,
    part: (a, from, to, index) => ({ ...columns(a, from, to), mixed: a.mixed + 4 * index * mixedFloats(a.M, a.L) }),
  },
  rvq_scores: {
    count: (a) => a.to,
    step: 4, // groups of four scores in a cache line
    work: (a) => 4 * a.to * a.D,
    part: (a, from, to, index) => ({ ...a, from, to, rounded: a.rounded + 4 * index * roundedFloats(a.D) }),
  },
  attention: {
    count: (a) => a.H,
    step: 1,
    work: (a) => 2 * a.rows * a.H * a.D * a.W,
    part: (a, from, to, index) => ({ ...a, from, to, scores: a.scores + 4 * index * attentionFloats(a.W) }),
  },
  ring_attention: {
    count: (a) => a.H,
    step: 1,
    work: (a) => 2 * a.rows * a.H * a.D * a.W,
    part: (a, from, to, index) => ({ ...a, from, to, scores: a.scores + 4 * index * ringFloats(a.W, a.D) }),
  },
};

function columns<A extends Pick<OpArgs<'conv_three'>, 'W' | 'L' | 'N' | 'bias' | 'y' | 'activated'>>(
  a: A,
  from: number,
  to: number,
): A {
  return {
    ...a,
    W: a.W + 4 * from * a.L,
    N: to - from,
    bias: a.bias + 4 * from,
    y: moved(a.y, 4 * from),
    activated: moved(a.activated, 4 * from),
  };
}

/** One call as calls that may run at the same time, 2 … `parts` of them. */
export interface PartitionedCall<N extends OpName> {
  readonly parts: readonly OpArgs<N>[];
  /** Calls of the same `along` that follow each other may run part after part; undefined where they may not. */
  readonly chainKey: string | undefined;
}

/** Multiply-adds of a call, or what takes as long; 0 for one that is never shared out. */
export function workOf<N extends OpName>(name: N, args: OpArgs<N>): number {
  const cut: Cut<OpArgs<N>> | undefined = CUTS[name];
  return cut?.work(args) ?? 0;
}

/** Shares a call out; undefined where it is not worth it, or goes by one thread only. */
export function partition<N extends OpName>(name: N, args: OpArgs<N>, parts: number): PartitionedCall<N> | undefined {
  const cut: Cut<OpArgs<N>> | undefined = CUTS[name];
  if (!cut || cut.work(args) < LEAST_WORK) return undefined;
  const count = cut.count(args);
  const steps = Math.ceil(count / cut.step);
  const used = Math.min(parts, steps);
  if (used < 2) return undefined;
  const start = (i: number): number => Math.min(count, Math.round((i * steps) / used) * cut.step);
  const array = cut.along?.(args) ?? 0;
  return {
    parts: Array.from({ length: used }, (_, i) => cut.part(args, start(i), start(i + 1), i)),
    chainKey: array === 0 ? undefined : `${array} ${count} ${cut.step}`,
  };
}
