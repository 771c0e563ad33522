/** Kernel calls encoded as words, and how each is divided among threads. */
import { SttError } from '../errors.js';
import { END_OF_SLOTS } from './state-blocks.js';
import { partition, workOf } from './partition.js';
import { OP_NAMES, OPS, type OpArgs, type OpName } from './ops.js';

/** The code between two barriers. */
export interface SectionCode {
  /** The words of each part; a single part runs on the owner's thread. */
  readonly parts: readonly (readonly number[])[];
  /**
   * Consecutive sections with the same key need no barrier between them: a part depends only on the same part of the section
   * before. Undefined if a barrier is needed.
   */
  readonly chainKey: string | undefined;
  /** Of one part, see `workOf`. */
  readonly work: number;
}

export interface Calls {
  /** Number of kernel calls. */
  readonly count: number;
  /** The code for a single thread. */
  readonly words: readonly number[];
  /** See `workOf`. */
  readonly work: number;
  /** The same calls for several threads, each divided into at most `maxParts` parts. */
  sections(maxParts: number): SectionCode[];
}

/** One call. Throws `internal` for an argument that is not a number of the declared type. */
export function call<N extends OpName>(name: N, args: OpArgs<N>): Calls {
  const words = encode(name, args);
  const work = workOf(name, args);
  return {
    count: 1,
    words,
    work,
    sections: (maxParts) => {
      const divided = maxParts > 1 ? partition(name, args, maxParts) : undefined;
      if (!divided) return [{ parts: [words], chainKey: undefined, work }];
      const { parts, chainKey } = divided;
      return [{ parts: parts.map((part) => encode(name, part)), chainKey, work: work / parts.length }];
    },
  };
}

/**
 * The calls of independent branches, each a list of the same length. If the branches divide evenly among the threads, each
 * thread runs whole branches, which need no barriers between their calls. Otherwise branches run one after the other, and
 * each call is divided.
 */
export function parallel(branches: readonly (readonly Calls[])[]): Calls {
  const all = branches.flat();
  const [first = []] = branches;
  return {
    count: all.reduce((sum, { count }) => sum + count, 0),
    words: all.flatMap(({ words }) => words),
    work: all.reduce((sum, { work }) => sum + work, 0),
    sections: (maxParts) => {
      if (maxParts < 2 || branches.length % maxParts !== 0) return all.flatMap((calls) => calls.sections(maxParts));
      const chainKey = `${branches.length} branches`;
      const each = branches.length / maxParts;
      return first.map(({ work }, i) => {
        const parts = Array.from({ length: maxParts }, (_, part) =>
          branches.slice(part * each, (part + 1) * each).flatMap((branch) => branch[i]?.words ?? []),
        );
        return { parts, chainKey, work: each * work };
      });
    },
  };
}

const bits = new DataView(new ArrayBuffer(4));

/** Opcode and arguments, in the format that `run` reads. */
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
