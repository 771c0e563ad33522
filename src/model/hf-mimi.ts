/** Reads a codec with Hugging Face names: maps the names, joins q, k and v, and restores the row order of q and k. */
import { SttError } from '../errors.js';
import type { Lookup } from './lookup.js';
import { lazyTensor, type LazyTensor, type StoredTensor, type TensorFile } from './tensor-file.js';

/** Whether a codec file uses the Hugging Face names. */
export function usesHfNames(file: TensorFile): boolean {
  return file.has('encoder.layers.0.conv.weight');
}

/**
 * Finds codec tensors by official name.
 * @param numHeads of the encoder's transformer; the rows of q and k are permuted within each head
 */
export function hfMimiLookup(file: TensorFile, numHeads: number): Lookup {
  return (name) => {
    if (name.endsWith('.self_attn.in_proj_weight'))
      return joinedProjection(file, name, [hfName(name).replace('in_proj_weight', ''), '.weight'], numHeads);
    const stored = file.get(hfName(name));
    return stored === undefined ? undefined : lazyTensor(stored, name);
  };
}

/** Patterns in official names and their Hugging Face replacements, applied in order. */
const SPELLINGS: readonly (readonly [RegExp, string])[] = [
  [/^encoder\.model\./, 'encoder.layers.'],
  [/^downsample\.conv\.conv\.conv\./, 'downsample.conv.'],
  [/\.conv\.conv\./, '.conv.'],
  [/^encoder_transformer\.transformer\./, 'encoder_transformer.'],
  [/\.out_proj\./, '.o_proj.'],
  [/\.norm1\./, '.input_layernorm.'],
  [/\.norm2\./, '.post_attention_layernorm.'],
  [/\.linear1\./, '.mlp.fc1.'],
  [/\.linear2\./, '.mlp.fc2.'],
  [/\.layer_scale_1\./, '.self_attn_layer_scale.'],
  [/\.layer_scale_2\./, '.mlp_layer_scale.'],
  [/^quantizer\.rvq_first\./, 'quantizer.semantic_residual_vector_quantizer.'],
  [/^quantizer\.rvq_rest\./, 'quantizer.acoustic_residual_vector_quantizer.'],
  [/\.vq\.layers\./, '.layers.'],
  [/\._codebook\.embedding_sum$/, '.codebook.embed_sum'],
  [/\._codebook\./, '.codebook.'],
];

function hfName(name: string): string {
  return SPELLINGS.reduce((spelt, [official, hf]) => spelt.replace(official, hf), name);
}

/**
 * q; k; v as one [3M, M] matrix called `name`; its rows are un-permuted when they are read, whole heads at a time.
 * @param before what stands before `q_proj` in the file's name for it
 * @param after what stands behind
 */
export function joinedProjection(
  file: TensorFile,
  name: string,
  [before, after]: readonly [string, string],
  numHeads: number,
): LazyTensor | undefined {
  const parts: StoredTensor[] = [];
  for (const part of ['q_proj', 'k_proj', 'v_proj']) {
    const stored = file.get(before + part + after);
    if (stored === undefined) return undefined;
    parts.push(stored);
  }
  const [q, k, v] = parts.map((stored) => lazyTensor(stored));
  if (q === undefined || k === undefined || v === undefined) return undefined;
  for (const { info } of [k, v]) {
    if (info.type === q.info.type && info.shape.join() === q.info.shape.join()) continue;
    const [found, expected] = [info, q.info].map(({ type, shape }) => `${type} [${shape.join(', ')}]`);
    throw new SttError(
      'model-mismatch',
      `${info.file}: tensor ${info.name} is ${found}, expected ${expected} like q_proj`,
    );
  }

  const [rows = 0, columns = 0] = q.info.shape;
  const size = q.info.byteLength;
  const [rowBytes, head] = [size / rows, size / numHeads];
  const read = async (offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> => {
    const slice = new Uint8Array(length);
    for (const [i, part] of [q, k, v].entries()) {
      const from = Math.max(0, offset - i * size);
      const to = Math.min(size, offset + length - i * size);
      if (from >= to) continue;
      const begin = part === v ? from : from - (from % head);
      const end = part === v ? to : Math.ceil(to / head) * head;
      const bytes = await part.read(begin, end - begin);
      const ours = part === v ? bytes : toPairs(bytes, rows / numHeads, rowBytes);
      slice.set(ours.subarray(from - begin, to - begin), i * size + from - offset);
    }
    return slice;
  };
  return { info: { ...q.info, name, shape: [3 * rows, columns], byteLength: 3 * size }, read };
}

/**
 * Hugging Face's RoPE rotates the two halves of a head against each other, so its conversion moved the even rows of each
 * head before the odd ones. Ours rotates neighbouring rows: row (h, i, j) of [H, D/2, 2] is their row (h, j, i).
 */
function toPairs(bytes: Uint8Array, width: number, rowBytes: number): Uint8Array {
  const pairs = new Uint8Array(bytes.length);
  for (let row = 0; row < bytes.length / rowBytes; row++) {
    const within = row % width;
    const from = row - within + (within % 2) * (width / 2) + Math.floor(within / 2);
    pairs.set(bytes.subarray(from * rowBytes, (from + 1) * rowBytes), row * rowBytes);
  }
  return pairs;
}
