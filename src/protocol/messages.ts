/** Every message between page, worklet and worker, once, by direction. */
import type { WireError } from '../errors.js';
import type { QueryMessage } from './queries.js';

/** Bump when a field changes meaning: a tab and a SharedWorker may come from two deploys. */
export const PROTOCOL_VERSION = 2;

export type Backend = 'wasm' | 'webgpu';

/** What to do with a model the browser has no room to keep: fail with `quota`, or hold in memory what does not fit. */
export type WhenFull = 'error' | 'memory';

/** Where a model's files are. URLs are absolute: a worker resolves relative ones against itself. */
export type ModelLocation =
  /** A GGUF (`….gguf`), the first of its shards, a manifest (`….json`), or a folder whose config.json names the rest. */
  | {
      readonly url: string;
      /** What it is kept under; default the URL. */
      readonly name?: string;
      /** The file's size, and the hash of each 4 MiB of it in lower-case hex, where they are known: they tell a new version from an old one. */
      readonly bytes?: number;
      readonly sha256?: readonly string[];
    }
  /** A repository on the hub whose files lie under `hub`, which ends in a slash. Its layout is found out by asking. */
  | { readonly hub: string; readonly repo: string; readonly revision: string }
  /** The public three-file layout: LM in one GGUF, codec and tokenizer beside it. */
  | ThreeFiles;

export interface ModelSize {
  /** Bytes of all files, about. */
  readonly bytes: number;
  /** Bytes of WebAssembly memory that it takes with one stream, by where the language model runs. */
  readonly memory: Readonly<Record<Backend, number>>;
}

export interface ThreeFiles {
  /** What it is kept under: another version of it takes its place. Default the GGUF's URL. */
  readonly name?: string;
  readonly gguf: string;
  readonly mimi: string;
  readonly tokenizer: string;
  /** Official checkpoints to take the pause heads from where the GGUF has none, by range: the first that has them. */
  readonly pauseHeads?: readonly string[];
  /** What is known of the model before it is downloaded. */
  readonly size?: ModelSize;
  /** Where the files are if these are not there. */
  readonly otherwise?: ThreeFiles;
}

/** Page → worker. A port is one client; `stream` numbers are the client's own. */
export type PageMessage =
  | {
      readonly type: 'open';
      readonly version: number;
      readonly model: ModelLocation;
      readonly backend: Backend | 'auto';
      /** Default `error`. An engine that is there, or a download that is under way, is shared whatever either says. */
      readonly whenFull?: WhenFull;
      /** A Web Lock the page holds as long as it lives: once the worker is granted it, the page is gone. */
      readonly lock?: string;
    }
  /** `port` is transferred: from here on, frames go source → worker and skip the page. */
  | { readonly type: 'listen'; readonly stream: number; readonly port: MessagePort; readonly turns?: TurnChoice }
  /** Ends the stream once its source has said `end`: flushes the text delay, answers `done`. */
  | { readonly type: 'finish'; readonly stream: number }
  /** Drops the stream at once; nothing more is said of it. */
  | { readonly type: 'abort'; readonly stream: number }
  /** Holds the download of the model that was opened, for all who share it, in every tab; or lets it go on. */
  | { readonly type: 'hold'; readonly paused: boolean }
  /** The client is leaving: its streams are dropped, the model stays for others. */
  | { readonly type: 'close' }
  | QueryMessage
  /** The answer is not wanted any more; what it was doing stops. */
  | { readonly type: 'drop'; readonly request: number };

/** Page → dedicated worker, on the worker itself: the transferred port is a new client, as a SharedWorker's `connect` brings one. */
export interface ConnectMessage {
  readonly type: 'connect';
}

/** Worker → page, the first message on every port: the script runs, and speaks this version. */
export interface HelloMessage {
  readonly type: 'hello';
  readonly version: number;
  /** A Web Lock the worker holds as long as it lives: once the page is granted it, the worker is gone. */
  readonly lock?: string;
}

/** When a speaker is taken to be done. */
export interface TurnChoice {
  /** Seconds of silence that the model has to expect: 0.5, 1, 2 or 3, the nearest counts; default 2. */
  readonly horizon?: number;
  /** The probability above which it counts as expected, 0 … 1; default 0.5. */
  readonly threshold?: number;
}

/** How a model lost its way: it said nothing while somebody spoke, or the same words over and over. */
export type Recovery = 'silent' | 'loop';

/** A word as the model heard it. Times are seconds on the stream's own clock. */
export interface WireWord {
  /** 0-based, counts up through the stream. */
  readonly index: number;
  readonly text: string;
  readonly start: number;
  /** Provisional until the `word-end` of the same index. Never before `start`. */
  readonly end: number;
  /** Product of the token probabilities, 0 … 1. */
  readonly confidence?: number;
}

/** What a model and its worker turned out to be. Sent once, with `ready`. */
export interface EngineInfo {
  readonly model: string;
  readonly backend: Backend;
  /** Which WASM build runs the codec. */
  readonly build: 'simd' | 'relaxed';
  /** Threads that share the CPU's work: more than 1 only in a dedicated worker of a cross-origin isolated page. */
  readonly threads: number;
  /** Why they are fewer than there should be, in a sentence. */
  readonly fewerThreads?: string;
  /** Distinguishes engines: two clients of one engine are told the same id. */
  readonly engineId: string;
  /** Models loaded in this worker so far: 1 however many clients share it. */
  readonly loads: number;
  readonly pauseHeads: number;
  /** Why there are none, where the model is meant to have some: without them no `turn` is heard. They are asked for again at the next load. */
  readonly pauseHeadsMissing?: string;
  /** Why the model will be fetched anew at the next visit, where it was not kept. */
  readonly notKept?: string;
  /** The GPU's name, where the language model runs on one; `unnamed GPU` where the browser does not tell it. */
  readonly adapter?: string;
  /** Why the language model does not run on a GPU, in a sentence, where `auto` was asked for. */
  readonly fallback?: string;
}

/** What a GPU does for the language model: where, how, and what a step costs. Counts are since the model was loaded on it. */
export interface GpuMetrics {
  readonly adapter: string;
  /** A software renderer, which computes on the CPU: right answers, no speed. */
  readonly isSoftware: boolean;
  readonly plan: 'fused' | 'unfused';
  /** The kernels the tuner picked, in words. */
  readonly variant: string;
  /** Milliseconds from a step's submit to its result, smoothed over steps that had the GPU to themselves; 0 before the first. */
  readonly stepMs: number;
  /** Bytes a step has to read, over `stepMs`; 0 before the first. */
  readonly gbPerSecond: number;
  /** Dispatches of one step of one stream. */
  readonly dispatches: number;
  /** Bytes of weights, keys and values that one step at a full window reads. */
  readonly bytesPerStep: number;
  readonly steps: number;
  readonly submits: number;
  readonly readBacks: number;
}

/** Counted by the session; times in milliseconds of wall clock unless named otherwise. */
export interface StreamMetrics {
  readonly frames: number;
  readonly steps: number;
  readonly audioSeconds: number;
  /** In the codec. */
  readonly mimiMs: number;
  /**
   * In the language model, on this thread. A step that several streams run together counts for each with an equal
   * share; on a GPU it is what handing the steps over takes, and `gpu.stepMs` what they take there.
   */
  readonly lmMs: number;
  /** mimiMs + lmMs, or the GPU's steps · stepMs if that is more, over audio milliseconds: below 1 is faster than real time. */
  readonly rtf: number;
  /** Most frames ever waiting. */
  readonly peakBacklog: number;
  /** How often the model lost its way and was made to hear the last seconds again. */
  readonly recoveries: number;
  /** Bytes of WASM memory in use in the engine: weights, and the state of as many streams as were ever open at once. */
  readonly memoryBytes: number;
  /** Where the language model runs on a GPU. */
  readonly gpu?: GpuMetrics;
}

/** How far a model has come. */
export interface WireProgress {
  /** `download`: into the browser's store. `prepare`: from there to where it runs. */
  readonly phase: 'download' | 'prepare';
  /** Bytes. */
  readonly loaded: number;
  /** Bytes; 0 while unknown. */
  readonly total: number;
  /** From the network, over the last seconds. */
  readonly bytesPerSecond?: number;
  readonly secondsLeft?: number;
  /** The network is gone, or the server asked for patience: it goes on by itself. */
  readonly waiting?: boolean;
  /** Somebody holds it: until somebody lets it go on. */
  readonly paused?: boolean;
}

/** Worker → page. */
export type WorkerMessage =
  | ({ readonly type: 'progress' } & WireProgress)
  | { readonly type: 'ready'; readonly info: EngineInfo }
  /** The unfinished last word so far; may only grow, then becomes a `word`. */
  | { readonly type: 'partial'; readonly stream: number; readonly text: string; readonly start: number }
  /** A finished word: its text never changes. */
  | { readonly type: 'word'; readonly stream: number; readonly word: WireWord }
  /** The definite end of an earlier word. */
  | { readonly type: 'word-end'; readonly stream: number; readonly index: number; readonly end: number }
  /** The pause heads say the speaker is done. Words spoken before `time` may still be on their way. */
  | { readonly type: 'turn'; readonly stream: number; readonly time: number; readonly probability: number }
  /** All words of the turn are out: the utterance is final. */
  | { readonly type: 'final'; readonly stream: number }
  /** The model had lost its way and hears the sound from `since` seconds on again. What it said stays. */
  | { readonly type: 'recovered'; readonly stream: number; readonly reason: Recovery; readonly since: number }
  /** More than a second of audio is waiting, or no longer is (0). */
  | { readonly type: 'backlog'; readonly stream: number; readonly seconds: number }
  | { readonly type: 'done'; readonly stream: number; readonly metrics: StreamMetrics }
  /** Without `stream` the model failed and no stream goes on. */
  | { readonly type: 'failed'; readonly stream?: number; readonly error: WireError };

/** Audio source → worker, on the port of `listen`. */
export type AudioMessage =
  /** `pcm` is [1920] f32, 24 kHz mono; its buffer is transferred. `index` counts from 0 without gaps. */
  | { readonly type: 'frame'; readonly index: number; readonly pcm: Float32Array<ArrayBuffer> }
  /** No more frames; the last one was padded with zeros. */
  | { readonly type: 'end' };

/** Worker → audio source, on the same port: frames up to and including `index` are transcribed. Files wait for it. */
export interface AudioReply {
  readonly type: 'taken';
  readonly index: number;
}

/** One handler per message, none forgotten: a new message type breaks every incomplete table. */
export type Handlers<M extends { readonly type: string }> = {
  readonly [T in M['type']]: (message: Extract<M, { readonly type: T }>) => void;
};
