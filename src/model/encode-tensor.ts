/** Encodes f32 numbers as the types that the converter writes. */
import { f32ToF16 } from '../../kernels/reference/f16.js';
import { encodeQ4_0 } from '../../kernels/reference/q4_0.js';
import { encodeQ8_0 } from '../../kernels/reference/q8_0.js';
import { encodeQ4_0BySearch } from './scale-search.js';
import { storedBytes, type TensorType } from './tensor-types.js';

const ENCODERS = {
  q4_0: encodeQ4_0,
  q8_0: encodeQ8_0,
  f16: (x, bytes) => {
    const halves = new Uint16Array(bytes.buffer);
    for (let i = 0; i < x.length; i++) halves[i] = f32ToF16(x[i]!);
  },
  f32: (x, bytes) => new Float32Array(bytes.buffer).set(x),
} as const satisfies Partial<Record<TensorType, (x: Float32Array, bytes: Uint8Array<ArrayBuffer>) => void>>;

/** The types that the converter writes. */
export type TargetType = keyof typeof ENCODERS;
export const TARGET_TYPES = Object.keys(ENCODERS) as TargetType[];

/** How the scale of a Q4_0 block is chosen: by a search for the least squared error, or from its largest number, as ggml does. */
export type ScaleRule = 'search' | 'largest';
export const SCALE_RULES: readonly ScaleRule[] = ['search', 'largest'];

export interface EncodeOptions {
  /** Default `largest`. */
  readonly scales?: ScaleRule;
  /** For the search: see `encodeQ4_0BySearch`. */
  readonly weights?: Float32Array | undefined;
  readonly first?: number;
}

/** `x` as stored. For the quantised types its length is a whole number of blocks. */
export function encodeTensor(
  type: TargetType,
  x: Float32Array<ArrayBuffer>,
  { scales = 'largest', weights, first }: EncodeOptions = {},
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(storedBytes(type, x.length));
  if (type === 'q4_0' && scales === 'search') encodeQ4_0BySearch(x, bytes, weights, first);
  else ENCODERS[type](x, bytes);
  return bytes;
}
