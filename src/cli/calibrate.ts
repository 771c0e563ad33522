/** Measures what a model's matrices are multiplied with on real audio, for the weights of their rounding. */
import { Framer } from '../audio/framer.js';
import { MatrixInputs } from '../lm/wasm/matrix-inputs.js';
import { loadWasmLm } from '../lm/wasm/wasm-lm.js';
import { loadMimi } from '../mimi/mimi-wasm.js';
import type { Model } from '../model/model.js';
import { createWasmHost } from '../wasm/host.js';
import { fileBytes } from './audio/audio-bytes.js';
import { streamAudio } from './read-audio.js';

/** Columns that the audio hardly used still count this much of the mean, because other audio uses them. */
const LEAST = 0.01;

/** The mean square of each column's input, by the matrix's name. */
export type ColumnWeights = ReadonlyMap<string, Float32Array>;

/** Runs the codec and the language model over each file from a fresh stream. Needs the memory of the unconverted model. */
export async function calibrate(model: Model, files: readonly string[]): Promise<ColumnWeights> {
  const host = await createWasmHost();
  const inputs = new MatrixInputs(host);
  const mimi = await loadMimi(host, model);
  const lm = await loadWasmLm(host, model, { inputs });
  const sums = new Map<string, Float64Array>();
  for (const file of files) {
    const codec = mimi.open();
    const stream = lm.open(() => addSquares(sums, inputs));
    const step = (codes: Uint32Array | null): void => {
      stream.push(codes);
      lm.flush();
    };
    step(null);
    const framer = new Framer((_, frame) => step(codec.encode(frame)), mimi.frameSize);
    for await (const piece of streamAudio(await fileBytes(file), model.config.mimi.sampleRate)) framer.push(piece);
    framer.end();
    await stream.settled(); // throws if the model failed
    stream.close();
    codec.close();
  }
  return new Map([...sums].map(([name, sum]) => [name, weightsOf(sum)]));
}

function addSquares(sums: Map<string, Float64Array>, inputs: MatrixInputs): void {
  for (const [name, input] of inputs.views()) {
    const sum = sums.get(name) ?? new Float64Array(input.length);
    sums.set(name, sum);
    for (let column = 0; column < input.length; column++) sum[column] = (sum[column] ?? 0) + (input[column] ?? 0) ** 2;
  }
}

/** Relative to their mean: only ratios count. */
function weightsOf(sum: Float64Array): Float32Array {
  const mean = sum.reduce((total, each) => total + each, 0) / sum.length;
  return Float32Array.from(sum, (each) => (mean === 0 ? 1 : Math.max(LEAST, each / mean)));
}
