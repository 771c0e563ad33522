/** Every tensor of a random model, ready to be written: name, shape, type, and its numbers on demand. */
import type { TensorToWrite } from '../../model/gguf-writer.js';
import { lmShapes, mimiShapes } from '../../model/expected-shapes.js';
import type { SttConfig } from '../../model/config.js';
import { countOf } from '../../model/tensor-file.js';
import { storedBytes, type TensorType } from '../../model/tensor-types.js';
import type { RandomNumbers } from './random-numbers.js';
import { RandomWords } from './random-words.js';
import { rowSpreads } from './spreads.js';

/** Which of a checkpoint's two halves a tensor belongs to, under its official name there. */
export type Part = 'lm' | 'mimi';

/** Name, shape and type of a tensor in the file. */
export type Storing = (
  part: Part,
  name: string,
  shape: readonly number[],
) => Pick<TensorToWrite, 'name' | 'shape'> & {
  readonly type: TensorType;
};

/**
 * The tensors of `parts`, in the order `convert` writes them. A tensor's content depends only on `seed`, its name
 * and its type. All share the buffer `numbers`: write one piece before requesting the next.
 */
export function randomTensors(
  { lm, mimi }: SttConfig,
  parts: readonly Part[],
  seed: number,
  numbers: RandomNumbers,
  storing: Storing,
): TensorToWrite[] {
  return parts.flatMap((part) =>
    [...(part === 'lm' ? lmShapes(lm) : mimiShapes(mimi))].map(([official, shape]) => {
      const stored = storing(part, official, shape);
      const rowLength = countOf(shape.slice(1));
      return {
        ...stored,
        byteLength: storedBytes(stored.type, countOf(shape)),
        chunks: function* () {
          const words = new RandomWords(seed, official);
          for (const { rows, spread } of rowSpreads(official, shape, lm)) {
            yield* numbers.chunks(stored.type, rows * rowLength, spread, words);
          }
        },
      };
    }),
  );
}
