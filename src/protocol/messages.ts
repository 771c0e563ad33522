/** Every message between page, worklet and worker, by direction. */
import type { WireError } from '../errors.js';
import type { Backend, EngineInfo, ModelLocation, WhenFull, WireProgress } from './model.js';
import type { QueryMessage } from './queries.js';
import type { ConsumedEvent, StreamEvent } from './stream-events.js';

/** Bump when a field changes meaning: a tab and a SharedWorker may come from two deploys. */
export const PROTOCOL_VERSION = 6;

/** Page → worker. A port is one client; `stream` numbers are the client's own. */
export type PageMessage =
  | {
      readonly type: 'open';
      readonly version: number;
      readonly model: ModelLocation;
      readonly backend: Backend | 'auto';
      /** Default `error`. A loaded engine or a running download is shared, whatever this says. */
      readonly whenFull?: WhenFull;
      /** A Web Lock the page holds for as long as it lives: once the worker gets it, the page is gone. */
      readonly lock?: string;
    }
  /** `port` is transferred: frames go from the source straight to the worker. */
  | ({ readonly type: 'listen'; readonly stream: number; readonly port: MessagePort } & StreamChoices)
  /** Ends the stream once its source has sent `end`: flushes the text delay; the `end` event follows. */
  | { readonly type: 'finish'; readonly stream: number }
  /** Replaces the phrases of a running stream. */
  | { readonly type: 'phrases'; readonly stream: number; readonly phrases: readonly Phrase[] }
  /** Drops the stream at once; no further event follows. */
  | { readonly type: 'abort'; readonly stream: number }
  /** Pauses or resumes the download of the opened model, for all clients that share it, in every tab. */
  | { readonly type: 'pause-download'; readonly paused: boolean }
  /** The client leaves: its streams are dropped, the model stays for others. */
  | { readonly type: 'close' }
  | QueryMessage
  /** Cancels a query. */
  | { readonly type: 'drop'; readonly request: number };

/** Page → worker, on a dedicated worker itself or on the port of a SharedWorker: the transferred port is a new client. */
export interface ConnectMessage {
  readonly type: 'connect';
}

/** Worker → page, the first message on every client's port, and on a SharedWorker's: the script runs, with this protocol version. */
export interface HelloMessage {
  readonly type: 'hello';
  readonly version: number;
  /** A Web Lock the worker holds for as long as it lives: once the page gets it, the worker is gone. */
  readonly lock?: string;
}

/** What a page chooses for one stream. */
export interface StreamChoices {
  /** When a speaker's turn counts as over. */
  readonly turns?: TurnChoice;
  /**
   * For streams of many minutes: in pauses the language model starts again with an empty context, before its window of attention
   * is full. `metrics.refreshes` counts it.
   */
  readonly refreshContext?: boolean;
  /** Names and terms to prefer. */
  readonly phrases?: readonly Phrase[];
}

/** A name or a term that is preferred where the model writes something else that it finds about as likely. */
export interface Phrase {
  readonly phrase: string;
  /** How much it is preferred, 0 to 10 as in the Web Speech API; default 1. */
  readonly boost?: number;
}

/** When a speaker counts as done. */
export interface TurnChoice {
  /** Seconds of silence that the model must expect: 0.5, 1, 2 or 3, the nearest is used; default 2. */
  readonly horizon?: number;
  /** The probability above which it counts as expected, 0 … 1; default 0.5. */
  readonly threshold?: number;
}

/** Worker → page. */
export type WorkerMessage =
  | ({ readonly type: 'progress' } & WireProgress)
  | { readonly type: 'ready'; readonly info: EngineInfo }
  /** An event of one stream; `stream` is the number given in `listen`. */
  | { readonly type: 'stream'; readonly stream: number; readonly event: StreamEvent }
  /** The model failed to load or broke: none of the client's streams goes on. */
  | { readonly type: 'failed'; readonly error: WireError };

/** Audio source → worker, on the port of `listen`. */
export type AudioMessage =
  /** `pcm` is [1920] f32, 24 kHz mono; its buffer is transferred. `index` counts from 0 without gaps. */
  | { readonly type: 'frame'; readonly index: number; readonly pcm: Float32Array<ArrayBuffer> }
  /** No more frames; the last one was padded with zeros. */
  | { readonly type: 'end' };

/** Worker → audio source, on the same port. A file waits for it before it sends more. */
export type AudioReply = ConsumedEvent;
