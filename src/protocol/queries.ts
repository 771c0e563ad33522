/** Queries about models that need no loaded model, and their replies. */
import type { SttErrorCode, WireError } from '../errors.js';
import type { Backend, EngineInfo, ModelLocation, WireProgress } from './model.js';

export type ModelQuery =
  /** `bytes`: the download's size if known from the model's name; otherwise the worker asks its server. */
  | {
      readonly what: 'available';
      readonly model: ModelLocation;
      readonly backend: Backend | 'auto';
      readonly bytes?: number;
      /** Whether to measure kernels, for `predictedRtf`. */
      readonly probe: boolean;
      /** Whether requests to the server are allowed. */
      readonly network: boolean;
    }
  | { readonly what: 'install'; readonly model: ModelLocation }
  | { readonly what: 'uninstall'; readonly model: ModelLocation }
  | { readonly what: 'installed' };

/** Page → worker. `request` numbers are the client's own; progress and one reply follow. */
export interface QueryMessage {
  readonly type: 'query';
  readonly request: number;
  readonly query: ModelQuery;
  /** As in `open`. */
  readonly lock?: string;
}

export type ModelReply =
  | { readonly what: 'available'; readonly availability: Availability }
  | { readonly what: 'install' }
  | { readonly what: 'uninstall' }
  | { readonly what: 'installed'; readonly models: readonly StoredModel[] };

/** A model in the browser's storage. */
export interface StoredModel {
  /** Its name, its repository or its URL. */
  readonly model: string;
  readonly storedBytes: number;
  /** False for a partial download. */
  readonly complete: boolean;
}

/** Whether a model can run here. Found out without downloading it. */
export interface Availability {
  /** `available`: it is stored. `unavailable`: it cannot be downloaded or cannot run; `reason` says why. */
  readonly status: 'available' | 'downloadable' | 'downloading' | 'unavailable';
  /** For a developer, in sentences: why it is unavailable, or what will be slower than expected. */
  readonly reason?: string;
  /** The error code that matches `reason`. */
  readonly code?: SttErrorCode;
  /** Where the language model would run; undefined where this browser cannot run any. */
  readonly backend?: Backend;
  /** Which WASM build runs the codec. */
  readonly build?: EngineInfo['build'];
  /** Bytes still to download; undefined where unknown. */
  readonly downloadBytes?: number;
  readonly storedBytes: number;
  /** Bytes that still fit into the storage; undefined where the browser does not say. */
  readonly freeBytes?: number;
  /** Bytes of WebAssembly memory it needs, and how many the browser allows: only where that is too little. */
  readonly memoryBytes?: number;
  readonly freeMemoryBytes?: number;
  /** Why the next visit will have to download it again. */
  readonly notKept?: string;
  /** Predicted processing time over audio time, by a short measurement: below 1 it keeps up. Undefined if not measured. */
  readonly predictedRtf?: number;
}

/** Worker → page: progress and result of a query. */
export type ReplyMessage =
  | ({ readonly type: 'query-progress'; readonly request: number } & WireProgress)
  | { readonly type: 'reply'; readonly request: number; readonly reply: ModelReply }
  | { readonly type: 'query-failed'; readonly request: number; readonly error: WireError };
