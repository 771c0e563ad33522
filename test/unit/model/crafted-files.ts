/** Helpers that build and modify model files for tests. */
import { readFile } from 'node:fs/promises';
import type { ByteSource } from '../../../src/bytes/byte-source.js';
import type { OfficialFiles, TripleFiles } from '../../../src/model/open-model.js';
import { memorySource } from '../../../src/bytes/memory.js';

export const FIXTURES = new URL('../../fixtures/', import.meta.url);
export const DEMO_GGUF = new URL('../../../models/demo-en_fr-q4_0.gguf', import.meta.url);

export interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

export async function bytesOf(file: URL): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await readFile(file));
}

/** A safetensors file with `header`, serialised unchecked, and `data`. */
export function safetensors(header: unknown, data: Uint8Array = new Uint8Array()): Uint8Array<ArrayBuffer> {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const file = new Uint8Array(8 + json.length + data.length);
  new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
  file.set(json, 8);
  file.set(data, 8 + json.length);
  return file;
}

/** The same safetensors file with its header changed by `edit`; the data stay as they are. */
export function editHeader(
  file: Uint8Array<ArrayBuffer>,
  edit: (header: Map<string, Entry>) => void,
): Uint8Array<ArrayBuffer> {
  const header = headerOf(file);
  edit(header);
  return safetensors(Object.fromEntries(header), file.subarray(8 + headerLength(file)));
}

/** Byte offset of a tensor in a safetensors file. */
export function offsetOf(file: Uint8Array<ArrayBuffer>, tensor: string): number {
  return 8 + headerLength(file) + headerOf(file).get(tensor)!.data_offsets[0];
}

function headerLength(file: Uint8Array<ArrayBuffer>): number {
  return Number(new DataView(file.buffer).getBigUint64(0, true));
}

function headerOf(file: Uint8Array<ArrayBuffer>): Map<string, Entry> {
  const json = new TextDecoder().decode(file.subarray(8, 8 + headerLength(file)));
  return new Map(Object.entries(JSON.parse(json) as Record<string, Entry>));
}

export type Replacements = Readonly<Record<string, Uint8Array<ArrayBuffer>>>;

/** A fixture in the official layout, with some of its files replaced. */
export async function officialFiles(folder: 'case-a' | 'demo', replaced: Replacements = {}): Promise<OfficialFiles> {
  const open = async (name: string): Promise<ByteSource> =>
    memorySource(name, replaced[name] ?? (await bytesOf(new URL(`${folder}/${name}`, FIXTURES))));
  return { name: folder, config: await open('config.json'), open };
}

/** A JSON file with some keys changed. */
export function editJson(file: Uint8Array, changes: Readonly<Record<string, unknown>>): Uint8Array<ArrayBuffer> {
  const json = JSON.parse(new TextDecoder().decode(file)) as object;
  return new TextEncoder().encode(JSON.stringify({ ...json, ...changes }));
}

/** Case A in the third-party layout, with some of its files replaced. */
export async function tripleFiles(
  replaced: Replacements = {},
): Promise<Required<Omit<TripleFiles, 'pauseHeads' | 'config'>>> {
  const open = async (file: string): Promise<ByteSource> => {
    const name = file.split('/').at(-1);
    return memorySource(name, replaced[name] ?? (await bytesOf(new URL(`case-a/${file}`, FIXTURES))));
  };
  return {
    gguf: await open('alt/model-q4.gguf'),
    mimi: await open('alt/mimi-encoder-f16.safetensors'),
    tokenizer: await open('tokenizer_case.model'),
    mimiConfig: await open('mimi_config.json'),
  };
}

/** Random numbers in [0, 1), the same in every run. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
