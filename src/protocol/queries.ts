/** What a page may ask of models without loading one, and what a worker answers. */
import type { SttErrorCode, WireError } from '../errors.js';
import type { Backend, EngineInfo, ModelLocation, WireProgress } from './model.js';

/** What can be asked of models without loading one. */
export type ModelQuery =
  /** `bytes`: what it takes to download, as far as its name tells; else its server is asked. */
  | {
      readonly what: 'available';
      readonly model: ModelLocation;
      readonly backend: Backend | 'auto';
      readonly bytes?: number;
      /** Whether to time kernels, for `predictedRtf`. */
      readonly probe: boolean;
      /** Whether a server may be asked. */
      readonly network: boolean;
    }
  | { readonly what: 'install'; readonly model: ModelLocation }
  | { readonly what: 'uninstall'; readonly model: ModelLocation }
  | { readonly what: 'installed' };

/** Page → worker. `request` numbers are the client's own; progress and one answer come back. */
export interface QueryMessage {
  readonly type: 'ask';
  readonly request: number;
  readonly question: ModelQuery;
  /** As in `open`. */
  readonly lock?: string;
}

export type ModelReply =
  | { readonly what: 'available'; readonly availability: Availability }
  | { readonly what: 'install' }
  | { readonly what: 'uninstall' }
  | { readonly what: 'installed'; readonly models: readonly StoredModel[] };

/** A model in the browser's store. */
export interface StoredModel {
  /** Its name, its repository, or the URL of what was asked for. */
  readonly model: string;
  readonly storedBytes: number;
  /** False where only a part has arrived yet. */
  readonly complete: boolean;
}

/** Whether a model can run here, told without downloading it. */
export interface Availability {
  /** `available`: it is in the store. `unavailable`: it cannot be had or cannot run; `reason` says why. */
  readonly status: 'available' | 'downloadable' | 'downloading' | 'unavailable';
  /** In a sentence, for a developer: why not, or what will be worse than one may hope. */
  readonly reason?: string;
  /** The kind of `reason`, as an error would have it. */
  readonly code?: SttErrorCode;
  /** Where the language model would run; undefined where it can run nowhere. */
  readonly backend?: Backend;
  /** Which WASM build runs the codec. */
  readonly build?: EngineInfo['build'];
  /** Bytes still to come; undefined where nobody says. */
  readonly downloadBytes?: number;
  readonly storedBytes: number;
  /** Bytes that still fit into the store; undefined where the browser does not say. */
  readonly freeBytes?: number;
  /** Bytes of WebAssembly memory it takes, and how many the browser gives: only where that is too little. */
  readonly memoryBytes?: number;
  readonly freeMemoryBytes?: number;
  /** Why what is downloaded will not be there at the next visit. */
  readonly notKept?: string;
  /** Share of real time it will take, by a short measurement: below 1 it keeps up. Undefined where none was made. */
  readonly predictedRtf?: number;
}

/** Worker → page: what comes of an `ask`. */
export type ReplyMessage =
  | ({ readonly type: 'ask-progress'; readonly request: number } & WireProgress)
  | { readonly type: 'answer'; readonly request: number; readonly answer: ModelReply }
  | { readonly type: 'ask-failed'; readonly request: number; readonly error: WireError };
