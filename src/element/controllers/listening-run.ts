/** The state of one `start` call, from opening the source to the last word. */
import { abortError, type SttError } from '../../errors.js';
import type { RunSource, RunStream } from '../sources.js';
import type { Attempt } from '../status.js';

/** When a live source is opened: once the model is `downloaded`, or `now`. */
export type StartWhen = 'downloaded' | 'now';

/** A `start` call, to make it again after a failure. */
export interface StartCall {
  readonly createSource: () => RunSource;
  /** Called after a failure: by then a media element may play something else. */
  readonly describe: () => Attempt;
  readonly when: StartWhen;
}

/** The session keeps the current run, and drops results of any other. */
export class ListeningRun {
  readonly call: StartCall;
  readonly source: RunSource;
  readonly #controller = new AbortController();
  /** The stream that is being opened: resolves once the source sends audio. */
  opening: Promise<RunStream> | undefined;
  stream: RunStream | undefined;
  /** Whether the model is loaded and audio flows. */
  started = false;
  /** Frames that were recorded before the model was ready, by the source's level reports. */
  waitingFrames = 0;
  /** Whether the source has ended, or was told to. */
  audioEnded = false;
  /** The error that ended the run; it may occur before `start` has resolved. */
  failure: SttError | undefined;

  /** @throws as `createSource` of `call` */
  constructor(call: StartCall) {
    this.call = call;
    this.source = call.createSource();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Releases the device at once, at any stage of the run. */
  abort(): void {
    this.#controller.abort(abortError('Listening'));
    this.source.abort();
    this.stream?.abort();
  }
}
