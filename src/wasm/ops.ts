/** The kernels a plan may call, with their arguments. The build generates the replay loop `run` from this table. */

/**
 * The arguments of each kernel, in the order of its parameters. A trailing `:f` marks an f32; everything else is a u32: pointers and strides in bytes,
 * sizes in elements.
 */
export const OPS = {
  gemm: ['x', 'xStride', 'M', 'W', 'K', 'N', 'bias', 'scale', 'y', 'yStride', 'add'],
  elu: ['x', 'y', 'n'],
  gelu: ['x', 'n'],
  swiglu: ['gate', 'up', 'stride', 'y', 'yStride', 'rows', 'n'],
  layer_norm: ['x', 'w', 'b', 'y', 'rows', 'C', 'eps:f'],
  rms_norm: ['x', 'w', 'y', 'rows', 'C', 'eps:f'],
  rope: ['x', 'stride', 'rotation', 'rows', 'H', 'D'],
  kv_append: ['x', 'stride', 'cache', 'rows', 'H', 'D', 'W', 'position'],
  attention: ['q', 'stride', 'K', 'V', 'y', 'scores', 'rows', 'H', 'D', 'W', 'position', 'from', 'to'],
  quantize: ['x', 'q', 'd', 's', 'K'],
  matvec_q4_0: ['W', 'q', 'dx', 's', 'y', 'yStride', 'rows', 'N', 'K', 'add'],
  matvec_q8_0: ['W', 'q', 'dx', 'y', 'yStride', 'rows', 'N', 'K', 'add'],
  matvec_f16: ['W', 'x', 'y', 'N', 'K', 'add'],
  matvec_bf16: ['W', 'x', 'y', 'N', 'K', 'add'],
  embed_f32: ['table', 'stride', 'index', 'rows', 'y', 'M'],
  embed_f16: ['table', 'stride', 'index', 'rows', 'y', 'M'],
  embed_bf16: ['table', 'stride', 'index', 'rows', 'y', 'M'],
  embed_q8_0: ['table', 'stride', 'index', 'rows', 'y', 'M'],
  embed_q4_0: ['table', 'stride', 'index', 'rows', 'y', 'M'],
  rvq_scores: ['x', 'sketch', 'D', 'scores', 'rounded', 'from', 'to'],
  rvq_choose: ['x', 'C', 'bounds', 'bins', 'D', 'code', 'scores', 'rounded'],
  softmax: ['x', 'rows', 'n'],
  argmax: ['x', 'n', 'out'],
  copy: ['from', 'to', 'bytes'],
  clear: ['to', 'bytes'],
  repeat: ['from', 'to', 'bytes', 'times', 'position'],
  conv: ['x', 'xStride', 'M', 'W', 'K', 'N', 'bias', 'before', 'y', 'activated', 'stride'],
  ring_append: ['x', 'stride', 'slots', 'ring', 'rows', 'H', 'D', 'W', 'rounded', 'values'],
  ring_attention: ['q', 'stride', 'slots', 'K', 'V', 'y', 'scores', 'rows', 'H', 'D', 'W', 'rounded', 'from', 'to'],
  conv_strided: ['x', 'M', 'W', 'L', 'N', 'bias', 'y', 'activated', 'steps', 'stride'],
  conv_three: ['x', 'M', 'W', 'L', 'N', 'bias', 'y', 'activated', 'mixed', 'stride'],
} as const;

export type OpName = keyof typeof OPS;

type Bare<A extends string> = A extends `${infer Name}:f` ? Name : A;

/** The named arguments of one op. */
export type OpArgs<N extends OpName> = { readonly [A in (typeof OPS)[N][number] as Bare<A>]: number };

/** An opcode is an index into this list. */
export const OP_NAMES = Object.keys(OPS) as readonly OpName[];

/** The module's exports: each kernel by name, `run`, and the kernels that prepare weights at load. */
export type KernelExports = { readonly [N in OpName | 'pack_q4_0' | 'pack_q8_0']: (...args: number[]) => void } & {
  readonly run: (plan: number, end: number) => void;
  readonly rvq_sketch: (C: number, bins: number, D: number, sketch: number, bounds: number) => void;
};
