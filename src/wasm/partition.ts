/** Divides one kernel call among threads, by outputs that do not depend on each other, so that no sum changes. */
import { blockSize, type QuantType } from '../model/tensor-types.js';
import type { OpArgs, OpName } from './ops.js';
import { packedGroupBytes } from './pack.js';
import { attentionFloats, mixedFloats, ringFloats, roundedFloats, stepsFloats } from './scratch.js';

/** How to divide an op of arguments A. */
interface Partition<A> {
  /** Number of outputs; a part begins at a multiple of `step`. */
  readonly count: (a: A) => number;
  readonly step: number;
  /** Cost in multiply-adds, or the equivalent. */
  readonly work: (a: A) => number;
  /** The call for outputs `from` … `to` − 1, the `index`th part. */
  readonly part: (a: A, from: number, to: number, index: number) => A;
  /**
   * Pointer to the only array that this call shares with its neighbours, if each part accesses only its part of it; else 0.
   * Consecutive calls on one such array need no barrier between them.
   */
  readonly sharedArray?: (a: A) => number;
}

/** One thread finishes less work than this sooner than two do: a barrier costs half a microsecond. */
const MIN_WORK = 30_000;
/** Floats of a cache line: two threads never write to the same line. */
const LINE = 16;
/** Activations are quantised in blocks of as many elements as Q8_0 weights. */
const BLOCK = blockSize('q8_0');

/** Advances a pointer, unless it is 0, which means no array. */
function advance(pointer: number, bytes: number): number {
  return pointer === 0 ? 0 : pointer + bytes;
}

function quantised<A extends OpArgs<'matvec_q8_0'>>(type: QuantType): Partition<A> {
  return {
    count: (a) => a.N,
    step: 16, // four rows of W in each of four memory streams
    work: (a) => a.rows * a.N * a.K,
    part: (a, from, to) => ({
      ...a,
      W: a.W + (from / 4) * packedGroupBytes(type, a.K),
      y: a.y + 4 * from,
      N: to - from,
    }),
  };
}

function half(): Partition<OpArgs<'matvec_f16'>> {
  return {
    count: (a) => a.N,
    step: LINE,
    work: (a) => 2 * a.N * a.K,
    part: (a, from, to) => ({ ...a, W: a.W + 2 * from * a.K, y: a.y + 4 * from, N: to - from }),
  };
}

/** A scalar loop, four times as slow as a product. */
function embedding(): Partition<OpArgs<'embed_f32'>> {
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
    sharedArray: (a) => a.y,
  };
}

const PARTITIONS: { readonly [N in OpName]?: Partition<OpArgs<N>> } = {
  gemm: {
    count: (a) => a.N,
    step: LINE,
    work: (a) => 2 * a.M * a.N * a.K,
    part: (a, from, to) => ({
      ...a,
      W: a.W + 4 * from * a.K,
      bias: advance(a.bias, 4 * from),
      scale: advance(a.scale, 4 * from),
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
    sharedArray: (a) => (a.rows === 1 ? a.y : 0),
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
    sharedArray: (a) => a.x,
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
      before: advance(a.before, 4 * from),
      y: advance(a.y, 4 * from),
      activated: advance(a.activated, 4 * from),
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
    y: advance(a.y, 4 * from),
    activated: advance(a.activated, 4 * from),
  };
}

/** A call divided into two or more calls that may run at the same time. */
interface PartitionedCall<N extends OpName> {
  readonly parts: readonly OpArgs<N>[];
  /** See `SectionCode.chainKey`. */
  readonly chainKey: string | undefined;
}

/** Cost of a call in multiply-adds, or the equivalent; 0 for one that is never divided. */
export function workOf<N extends OpName>(name: N, args: OpArgs<N>): number {
  const op: Partition<OpArgs<N>> | undefined = PARTITIONS[name];
  return op?.work(args) ?? 0;
}

/** Divides a call into at most `parts` parts; undefined if it is too small or cannot be divided. */
export function partition<N extends OpName>(name: N, args: OpArgs<N>, parts: number): PartitionedCall<N> | undefined {
  const op: Partition<OpArgs<N>> | undefined = PARTITIONS[name];
  if (!op || op.work(args) < MIN_WORK) return undefined;
  const count = op.count(args);
  const steps = Math.ceil(count / op.step);
  const used = Math.min(parts, steps);
  if (used < 2) return undefined;
  const start = (i: number): number => Math.min(count, Math.round((i * steps) / used) * op.step);
  const array = op.sharedArray?.(args) ?? 0;
  return {
    parts: Array.from({ length: used }, (_, i) => op.part(args, start(i), start(i + 1), i)),
    chainKey: array === 0 ? undefined : `${array} ${count} ${op.step}`,
  };
}
