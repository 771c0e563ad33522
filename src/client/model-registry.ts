/** The models that have names, and the hub that serves the public ones. */
import { STT_1B_BYTES, type ModelLocation, type ModelSize, type ThreeFiles } from '../protocol/model.js';
import { assetUrl } from './assets.js';

/** The tiny model that ships with the package; knows a few dozen English and French words. */
export const EMBEDDED_MODEL = 'demo';

/** Size, and SHA-256 of each 4 MiB: a returning page never gets the cached model of an older package. */
const EMBEDDED_FILE = {
  bytes: 8_097_024,
  sha256: [
    '47c9f1ba8588e035c9fc9ee31400189a936e5892a8529238a3468212f4ee23e6',
    '6ccf6980febc66d2a5ca3aa1ee8b0622ba63f5ce9b2c98fa5dcf607077ef5175',
  ],
};

/** The model used by default: Kyutai's, one billion parameters, English and French. */
export const DEFAULT_MODEL = 'stt-1b-en_fr';

/** A public model in three files, in the format of `idle-intelligence/stt-web`, and the location of its pause heads. */
interface PublicModel {
  readonly repo: string;
  /** Tried in order: the first is pinned; the others are used only if the hub lacks the files at that revision. */
  readonly revisions: readonly [string, ...string[]];
  readonly gguf: string;
  readonly mimi: string;
  readonly tokenizer: string;
  /** Checkpoints that may hold the pause heads, which the GGUF lacks; only a few 24 kB slices are read. */
  readonly pauseHeads: readonly { readonly repo: string; readonly revision: string; readonly file: string }[];
  /** Computed from the tensors' sizes, because no request is made before a visitor wants the model. */
  readonly size: ModelSize;
}

/**
 * File names are those that the public reader requests. The pinned revision was taken from a copy of the hub's page,
 * not verified against the hub itself.
 */
const PUBLIC: Readonly<Record<string, PublicModel>> = {
  [DEFAULT_MODEL]: {
    repo: 'idle-intelligence/stt-1b-en_fr-q4_0-webgpu',
    revisions: ['9833bf03613b6692e05b1da902917d591118eb7f', 'main'],
    gguf: 'stt-1b-en_fr-q4_0.gguf',
    mimi: 'mimi-encoder-f16.safetensors',
    tokenizer: 'tokenizer.model',
    pauseHeads: [
      {
        repo: 'kyutai/stt-1b-en_fr-candle',
        revision: '095e38f6242006a93c2541149b181988397f5c7c',
        file: 'model.safetensors',
      },
      { repo: 'kyutai/stt-1b-en_fr', revision: 'main', file: 'model.safetensors' },
    ],
    size: { bytes: STT_1B_BYTES.model, memory: { wasm: 971_000_000, webgpu: 257_000_000 } },
  },
};

/**
 * Models in the official layout. Weights in bf16 exceed the memory of WebAssembly, so this one runs on a GPU, and on the CPU only when
 * converted.
 */
const OFFICIAL: Readonly<Record<string, { readonly repo: string; readonly size: ModelSize }>> = {
  'stt-2.6b-en': {
    repo: 'kyutai/stt-2.6b-en',
    // Computed from its shapes: the language model in bf16, and the whole codec in f32.
    size: { bytes: 5_620_000_000, memory: { wasm: 5_795_000_000, webgpu: 266_000_000 } },
  },
};

/** All known names, for messages. */
export const MODEL_NAMES = [EMBEDDED_MODEL, ...Object.keys(PUBLIC), ...Object.keys(OFFICIAL)];

const SIZES = new Map(Object.entries({ ...PUBLIC, ...OFFICIAL }).map(([name, { size }]) => [name, size]));

/**
 * Locates the model `name`, with public files on `hub`, the URL of the hub or a mirror; undefined for unknown names. `assets` as in
 * `SttClientOptions`.
 */
export function namedModel(name: string, hub: string, assets = ''): ModelLocation | undefined {
  if (name === EMBEDDED_MODEL) return { url: assetUrl('models/demo-en_fr-q4_0.gguf', assets), name, ...EMBEDDED_FILE };
  const official = Object.hasOwn(OFFICIAL, name) ? OFFICIAL[name] : undefined;
  if (official) return { hub, repo: official.repo, revision: 'main', size: official.size };
  const model = Object.hasOwn(PUBLIC, name) ? PUBLIC[name] : undefined;
  if (model === undefined) return undefined;
  const { repo, revisions, gguf, mimi, tokenizer, pauseHeads, size } = model;
  const heads = pauseHeads.map((at) => hubUrl(hub, at.repo, at.revision, at.file));
  const at = (revision: string, ...further: string[]): ThreeFiles => ({
    name,
    gguf: hubUrl(hub, repo, revision, gguf),
    mimi: hubUrl(hub, repo, revision, mimi),
    tokenizer: hubUrl(hub, repo, revision, tokenizer),
    pauseHeads: heads,
    size,
    ...(further[0] !== undefined && { otherwise: at(further[0], ...further.slice(1)) }),
  });
  return at(...revisions);
}

/** Size of the model `name` in bytes, approximate for public models; undefined for unknown names. */
export function knownBytes(name: string): number | undefined {
  if (name === EMBEDDED_MODEL) return EMBEDDED_FILE.bytes;
  return SIZES.get(name)?.bytes;
}

function hubUrl(hub: string, repo: string, revision: string, file: string): string {
  return `${hub}${repo}/resolve/${encodeURIComponent(revision)}/${encodeURIComponent(file)}`;
}
