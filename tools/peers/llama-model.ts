/** A llama model of the published language model's matrix shapes, random Q4_0, as llama.cpp loads it. */
import { RandomNumbers } from '../../src/cli/random-model/random-numbers.js';
import { RandomWords } from '../../src/cli/random-model/random-words.js';
import { writeWhole } from '../../src/cli/write-file.js';
import { writeGguf, type MetadataEntry, type TensorToWrite } from '../../src/model/gguf-writer.js';
import { storedBytes } from '../../src/model/tensor-types.js';

const LAYERS = 16;
const DIM = 2048;
const HEADS = 16;
const HIDDEN = 5632;
const VOCAB = 8000;
/** The context length in its metadata; a measurement uses a few dozen positions. */
const CONTEXT = 4096;

/** llama.cpp's kinds of token. */
const KINDS = { normal: 1, unknown: 2, control: 3, byte: 6 } as const;

/** Resolves with the file's size in bytes. The bytes are the same every time. */
export async function writeLlamaModel(path: string): Promise<number> {
  return writeWhole(path, (sink) => writeGguf(sink, metadata(), tensors()));
}

function metadata(): MetadataEntry[] {
  const { pieces, kinds } = vocabulary();
  return [
    { key: 'general.architecture', type: 'string', value: 'llama' },
    { key: 'general.name', type: 'string', value: 'random llama of the published shapes' },
    { key: 'general.file_type', type: 'u32', value: 2 }, // mostly Q4_0
    { key: 'llama.block_count', type: 'u32', value: LAYERS },
    { key: 'llama.context_length', type: 'u32', value: CONTEXT },
    { key: 'llama.embedding_length', type: 'u32', value: DIM },
    { key: 'llama.feed_forward_length', type: 'u32', value: HIDDEN },
    { key: 'llama.attention.head_count', type: 'u32', value: HEADS },
    { key: 'llama.attention.head_count_kv', type: 'u32', value: HEADS },
    { key: 'llama.attention.layer_norm_rms_epsilon', type: 'f32', value: 1e-5 },
    { key: 'llama.rope.dimension_count', type: 'u32', value: DIM / HEADS },
    { key: 'llama.vocab_size', type: 'u32', value: VOCAB },
    { key: 'tokenizer.ggml.model', type: 'string', value: 'llama' },
    { key: 'tokenizer.ggml.tokens', type: 'string[]', value: pieces },
    { key: 'tokenizer.ggml.scores', type: 'f32[]', value: pieces.map((_, i) => -i) },
    { key: 'tokenizer.ggml.token_type', type: 'i32[]', value: kinds },
    { key: 'tokenizer.ggml.unknown_token_id', type: 'u32', value: 0 },
    { key: 'tokenizer.ggml.bos_token_id', type: 'u32', value: 1 },
    { key: 'tokenizer.ggml.eos_token_id', type: 'u32', value: 2 },
  ];
}

/** Markers, every byte, then words that are their own numbers. */
function vocabulary(): { pieces: string[]; kinds: number[] } {
  const pieces = ['<unk>', '<s>', '</s>'];
  const kinds: number[] = [KINDS.unknown, KINDS.control, KINDS.control];
  for (let byte = 0; byte < 256; byte++) {
    pieces.push(`<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`);
    kinds.push(KINDS.byte);
  }
  while (pieces.length < VOCAB) {
    pieces.push(`▁w${pieces.length}`);
    kinds.push(KINDS.normal);
  }
  return { pieces, kinds };
}

function tensors(): TensorToWrite[] {
  const numbers = new RandomNumbers();
  const matrix = (name: string, rows: number, columns: number): TensorToWrite => ({
    name,
    shape: [rows, columns],
    type: 'q4_0',
    byteLength: storedBytes('q4_0', rows * columns),
    // Scaled by the fan-in, so that outputs have the same spread as inputs.
    chunks: () =>
      numbers.chunks('q4_0', rows * columns, { mean: 0, std: 1 / Math.sqrt(columns) }, new RandomWords(0, name)),
  });
  const norm = (name: string): TensorToWrite => ({
    name,
    shape: [DIM],
    type: 'f32',
    byteLength: storedBytes('f32', DIM),
    chunks: () => numbers.chunks('f32', DIM, { mean: 1, std: 0.05 }, new RandomWords(0, name)),
  });
  const layer = (l: number): TensorToWrite[] => [
    norm(`blk.${l}.attn_norm.weight`),
    matrix(`blk.${l}.attn_q.weight`, DIM, DIM),
    matrix(`blk.${l}.attn_k.weight`, DIM, DIM),
    matrix(`blk.${l}.attn_v.weight`, DIM, DIM),
    matrix(`blk.${l}.attn_output.weight`, DIM, DIM),
    norm(`blk.${l}.ffn_norm.weight`),
    matrix(`blk.${l}.ffn_gate.weight`, HIDDEN, DIM),
    matrix(`blk.${l}.ffn_up.weight`, HIDDEN, DIM),
    matrix(`blk.${l}.ffn_down.weight`, DIM, HIDDEN),
  ];
  return [
    matrix('token_embd.weight', VOCAB, DIM),
    ...Array.from({ length: LAYERS }, (_, l) => layer(l)).flat(),
    norm('output_norm.weight'),
    matrix('output.weight', VOCAB, DIM),
  ];
}
