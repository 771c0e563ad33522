/** Kernel calls before they have an address: one, or those of several lanes, and what each thread does of them. */
import { SttError } from '../errors.js';
import { END_OF_SLOTS } from './state-blocks.js';
import { partition, workOf } from './partition.js';
import { OP_NAMES, OPS, type OpArgs, type OpName } from './ops.js';

/** What threads do between two meetings: the words of each part, one where a single thread does it. */
export interface SectionCode {
  readonly parts: readonly (readonly number[])[];
  /** Drafts of the same `along` that follow each other may run part after part; undefined where they may not. */
  readonly chainKey: string | undefined;
  /** Of a part, see `workOf`. */
  readonly work: number;
}

export interface Calls {
  /** How many they are. */
  readonly count: number;
  /** What one thread runs. */
  readonly words: readonly number[];
  /** See `workOf`. */
  readonly work: number;
  /** The same shared out in `most` parts at most. */
  sections(most: number): SectionCode[];
}

/** One call. Every argument is checked to be a number that fits its place. */
export function call<N extends OpName>(name: N, args: OpArgs<N>): Calls {
  const words = encode(name, args);
  const work = workOf(name, args);
  return {
    count: 1,
    words,
    work,
    sections: (most) => {
      const shared = most > 1 ? partition(name, args, most) : undefined;
      if (!shared) return [{ parts: [words], chainKey: undefined, work }];
      const { parts, chainKey } = shared;
      return [{ parts: parts.map((part) => encode(name, part)), chainKey, work: work / parts.length }];
    },
  };
}

/**
 * The calls of lanes that touch nothing of each other's, each a list of as many. Where threads get as many lanes each, a thread
 * goes through its own: no meeting between calls, and none left over for one thread alone. Otherwise lanes go one after the
 * other.
 */
export function parallel(lanes: readonly (readonly Calls[])[]): Calls {
  const all = lanes.flat();
  const [first = []] = lanes;
  return {
    count: all.reduce((sum, { count }) => sum + count, 0),
    words: all.flatMap(({ words }) => words),
    work: all.reduce((sum, { work }) => sum + work, 0),
    sections: (most) => {
      if (most < 2 || lanes.length % most !== 0) return all.flatMap((calls) => calls.sections(most));
      const along = `${lanes.length} lanes`;
      const each = lanes.length / most;
      return first.map(({ work }, i) => {
        const parts = Array.from({ length: most }, (_, part) =>
          lanes.slice(part * each, (part + 1) * each).flatMap((lane) => lane[i]?.words ?? []),
        );
        return { parts, chainKey: along, work: each * work };
      });
    },
  };
}

const bits = new DataView(new ArrayBuffer(4));

/** Opcode and arguments as kernels/wasm/run.ts reads them. */
function encode<N extends OpName>(name: N, args: OpArgs<N>): number[] {
  const words = [OP_NAMES.indexOf(name)];
  for (const declared of OPS[name]) {
    const isFloat = declared.endsWith(':f');
    const key = isFloat ? declared.slice(0, -2) : declared;
    words.push(encodeOne(name, key, (args as Record<string, number>)[key], isFloat));
  }
  return words;
}

function encodeOne(op: string, key: string, value: number | undefined, isFloat: boolean): number {
  if (isFloat && value !== undefined && Number.isFinite(value)) {
    bits.setFloat32(0, value);
    return bits.getUint32(0);
  }
  if (!isFloat && value !== undefined && Number.isInteger(value) && value >= 0 && value < END_OF_SLOTS) return value;
  throw new SttError('internal', `plan: ${op}.${key} is ${String(value)}, expected ${isFloat ? 'an f32' : 'a u32'}`);
}
