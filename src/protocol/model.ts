/** A model as page and worker describe it: where its files are, how far its loading is, and what was loaded. */

export type Backend = 'wasm' | 'webgpu';

/** What to do with a model that does not fit into the browser's storage: fail with `quota`, or keep the rest in memory. */
export type WhenFull = 'error' | 'memory';

/** Where a model's files are. URLs are absolute: a worker would resolve relative ones against its own script. */
export type ModelLocation =
  /** A GGUF (`….gguf`), the first of its shards, a manifest (`….json`), or a folder whose config.json names the rest. */
  | {
      readonly url: string;
      /** Name in the cache; default the URL. */
      readonly name?: string;
      /** The file's size, and the SHA-256 of each 4 MiB of it in lower-case hex, where known. They distinguish versions. */
      readonly bytes?: number;
      readonly sha256?: readonly string[];
    }
  /** A repository on the hub; its files lie under `hub`, which ends in a slash. The worker asks the hub for its layout. */
  | {
      readonly hub: string;
      readonly repo: string;
      readonly revision: string;
      /** Sizes known before the download. */
      readonly size?: ModelSize;
    }
  /** The public three-file layout: language model in one GGUF, codec and tokenizer beside it. */
  | ThreeFiles;

export interface ModelSize {
  /** Bytes of all files, approximately. */
  readonly bytes: number;
  /** Bytes of WebAssembly memory with one stream, by the backend of the language model. */
  readonly memory: Readonly<Record<Backend, number>>;
}

export interface ThreeFiles {
  /** Name in the cache: a new version replaces the old one under the same name. Default the GGUF's URL. */
  readonly name?: string;
  readonly gguf: string;
  readonly mimi: string;
  readonly tokenizer: string;
  /** Official checkpoints to read the pause heads from if the GGUF has none, by range requests: the first that has them. */
  readonly pauseHeads?: readonly string[];
  /** Sizes known before the download. */
  readonly size?: ModelSize;
  /** Where to look if these files do not exist. */
  readonly otherwise?: ThreeFiles;
}

/** A loaded model and its worker. Sent once, with `ready`. */
export interface EngineInfo {
  readonly model: string;
  readonly backend: Backend;
  /** The WASM build that runs the codec. */
  readonly build: 'simd' | 'relaxed';
  /** Threads that share the CPU's work: more than 1 only in a dedicated worker of a cross-origin isolated page. */
  readonly threads: number;
  /** Why there are fewer threads than expected, in a sentence. */
  readonly fewerThreads?: string;
  /** Identifies the engine: two clients that share an engine get the same id. */
  readonly engineId: string;
  /** Models loaded in this worker so far; clients that share an engine share a load. */
  readonly loads: number;
  readonly pauseHeads: number;
  /** Why the pause heads are missing from a model that should have them. Without them there is no `turn`. The next load tries again. */
  readonly pauseHeadsMissing?: string;
  /** Codebook entries that are never chosen, because the file's numbers for them are infinite (an overflow in f16); absent if none. */
  readonly unusableCodes?: number;
  /** Which files were opened because the pinned ones are no longer on their server, in a sentence. */
  readonly instead?: string;
  /** Why the model was not stored and the next visit will download it again. */
  readonly notKept?: string;
  /** The GPU's name, where the language model runs on one; `unnamed GPU` where the browser hides it. */
  readonly adapter?: string;
  /** Why `auto` did not choose the GPU, in a sentence. */
  readonly fallback?: string;
}

/** Progress of loading a model. */
export interface WireProgress {
  /** `download`: into the browser's storage. `prepare`: from storage to where the model runs. */
  readonly phase: 'download' | 'prepare';
  /** Bytes. */
  readonly loaded: number;
  /** Bytes; 0 while unknown. */
  readonly total: number;
  /** From the network, over the last seconds. */
  readonly bytesPerSecond?: number;
  readonly secondsLeft?: number;
  /** Offline, or the server asked to wait; the download resumes by itself. */
  readonly waiting?: boolean;
  /** The user paused the download. */
  readonly paused?: boolean;
}

/** Bytes of `stt-1b-en_fr` in Q4_0, and of its codec in F16. */
export const STT_1B_BYTES = { model: 669_300_000, codec: 80_000_000 } as const;
