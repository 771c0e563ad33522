/** One call of `start`, from its source to its last word. */
import type { StreamSource, SttStream } from '../../client/stt-stream.js';
import { abortError, type SttError } from '../../errors.js';
import type { Microphone } from '../../audio/sources/microphone-choice.js';
import type { LevelDetail } from '../events.js';

/** A source as the element drives it: what moves the meter is optional. */
export interface ListenSource extends StreamSource {
  onlevel?: ((level: LevelDetail) => void) | null;
  onsilent?: ((silent: boolean) => void) | null;
  ondevice?: ((device: Microphone) => void) | null;
}

/** Whatever comes back from an earlier run finds that it is not the present one, and is dropped. */
export class ListeningRun {
  readonly source: ListenSource;
  readonly #controller = new AbortController();
  stream: SttStream | undefined;
  /** Whether sound has begun to flow. */
  started = false;
  /** What broke it, which may be before `start` has returned. */
  failure: SttError | undefined;

  constructor(source: ListenSource) {
    this.source = source;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Lets the device go at once, wherever the run stands. */
  abort(): void {
    this.#controller.abort(abortError('Listening'));
    this.source.abort();
    this.stream?.abort();
  }
}
