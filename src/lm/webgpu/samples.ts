/** A few rows of each weight matrix, kept from the upload as they are in the file, to compare the GPU's results with. */
import { SttError } from '../../errors.js';
import type { LmConfig } from '../../model/config.js';
import { blockBytes, blockSize, decodeTensor, type TensorType } from '../../model/tensor-types.js';
import type { StackedMatrix, Window } from './stacked-matrix.js';

/** Places of scattered rows: multiples of the golden ratio, modulo 1, are spread evenly however many there are. */
const GOLDEN = 0.6180339887;
const scattered = (i: number, count: number): number => Math.floor(((i * GOLDEN) % 1) * count);

/** Pairs of neighbouring rows: the first, the last and two others, which differ from layer to layer. */
function pairs(count: number, layer: number): number[] {
  const half = Math.floor(count / 2);
  const firsts = [0, 2 * scattered(2 * layer + 1, half), 2 * scattered(2 * layer + 2, half), count - 2];
  return firsts.flatMap((row) => [row, row + 1]);
}

/** The codes of the step that is compared: the last row of every other table. */
export function sampledCodes({ nQ, card }: LmConfig): number[] {
  return Array.from({ length: nQ }, (_, q) => (q % 2 === 0 ? card : scattered(q, card)));
}

/** The rows to compare of the matrices of one layer. `head`: the attention head whose keys and values are compared. */
export function sampledRows(
  { dim: M, hidden: F, numHeads: H }: LmConfig,
  layer: number,
): Record<'qkv' | 'out' | 'gate', number[]> & { readonly head: number } {
  const head = H - 1 - (layer % H);
  const inHead = pairs(M / H, layer).map((row) => (head * M) / H + row);
  const out = pairs(M, layer);
  return {
    head,
    qkv: [...out, ...inHead.map((row) => M + row), ...inHead.map((row) => 2 * M + row)],
    out,
    gate: pairs(F, layer),
  };
}

export const sampledLogits = ({ textCard }: LmConfig): number[] => pairs(textCard, 0);

interface Row {
  readonly type: TensorType;
  /** Whole blocks. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Elements of the first block that belong to the row before. */
  readonly skip: number;
  readonly columns: number;
}

export class Samples {
  /** Row numbers, by the matrix's label. */
  readonly #wanted = new Map<string, readonly number[]>();
  readonly #rows = new Map<string, Row>();

  constructor(config: LmConfig) {
    const { card, hidden, numLayers, pauseHeads, pauseClasses, textCard } = config;
    const codes = [...sampledCodes(config), textCard];
    this.#wanted.set(
      'embeddings',
      codes.map((code, t) => t * (card + 1) + code),
    );
    for (let l = 0; l < numLayers; l++) {
      const layer = `transformer.layers.${l}`;
      const { qkv, out, gate } = sampledRows(config, l);
      this.#wanted.set(`${layer}.norm1.alpha`, [0]);
      this.#wanted.set(`${layer}.self_attn.in_proj_weight`, qkv);
      this.#wanted.set(`${layer}.self_attn.out_proj.weight`, out);
      this.#wanted.set(`${layer}.norm2.alpha`, [0]);
      this.#wanted.set(`${layer}.gating.linear_in.weight`, [...gate, ...gate.map((row) => hidden + row)]);
      this.#wanted.set(`${layer}.gating.linear_out.weight`, out);
    }
    this.#wanted.set('out_norm.alpha', [0]);
    this.#wanted.set('text_linear.weight', sampledLogits(config));
    this.#wanted.set(
      'extra_heads',
      Array.from({ length: pauseHeads * pauseClasses }, (_, row) => row),
    );
  }

  /** Copies the wanted rows of a window. */
  take(
    { label, columns }: StackedMatrix,
    { part: { type }, row: first, rows }: Window,
    raw: Uint8Array<ArrayBuffer>,
  ): void {
    const size = blockSize(type);
    for (const row of this.#wanted.get(label) ?? []) {
      if (row < first || row >= first + rows) continue;
      const at = (row - first) * columns;
      const begin = Math.floor(at / size);
      const bytes = raw.slice(begin * blockBytes(type), Math.ceil((at + columns) / size) * blockBytes(type));
      this.#rows.set(`${label} ${row}`, { type, bytes, skip: at % size, columns });
    }
  }

  /** A row decoded to f32, [columns]. */
  row(label: string, row: number): Float32Array {
    const kept = this.#rows.get(`${label} ${row}`);
    if (!kept) throw new SttError('internal', `row ${row} of ${label} was not kept, expected those of sampledRows`);
    const { type, bytes, skip, columns } = kept;
    return decodeTensor(type, bytes, skip + columns).subarray(skip);
  }
}
