/** Every tensor of a random model, ready to be written: name, shape, type, and its numbers when they are asked for. */
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

/** What is written for a tensor: under which name and shape, and stored how. */
export type Storing = (
  part: Part,
  name: string,
  shape: readonly number[],
) => Pick<TensorToWrite, 'name' | 'shape'> & {
  readonly type: TensorType;
};

/**
 * The tensors of `parts`, in the order `convert` writes them. What a tensor holds depends on `seed`, its name and its
 * type alone. `numbers` is what all of them are made in: write one piece before asking for the next.
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
