/** The Web Speech API's `SpeechRecognition`, recognised in the page: for code, and libraries, written to that interface. */
import { SttError } from '../../errors.js';
import { createSource } from '../index.js';
import type { SttClient } from '../stt-client.js';
import {
  availableOf,
  installOf,
  BROWSER_STORE,
  type RecognitionStore,
  type SpeechRecognitionAvailability,
  type SpeechRecognitionOptions,
} from './availability.js';
import { errorNameOf, KyutaiSpeechRecognitionErrorEvent, type SpeechRecognitionErrorName } from './events.js';
import { HandlerTarget } from './handler-target.js';
import { isHeard } from './language.js';
import { KyutaiSpeechRecognitionPhrase } from './phrase.js';
import { Session, type RecognitionSource } from './session.js';
import { leaseClient, type EngineOptions, type Lease } from './shared-client.js';

/** What the specification has no place for. Recognisers of the same model share one engine. */
export interface KyutaiSpeechRecognitionOptions extends EngineOptions {
  /** A client of the page's own, instead of the shared one. It is never closed here. */
  readonly client?: SttClient;
  /** Makes the source of each session. Default: the microphone as it is, or the track given to `start`. */
  readonly source?: (track?: MediaStreamTrack) => RecognitionSource;
  /** Who answers `available` and `install`. */
  readonly store?: RecognitionStore;
}

/** What `configure` has set, for recognisers made by those who know nothing of it. */
let configured: KyutaiSpeechRecognitionOptions = {};

/**
 * Like the platform's own, but that nothing leaves the machine, and `audioStartTime` and `audioEndTime` (seconds) tell
 * when each result was said. English and French; one alternative; no grammars, no phrases.
 */
export class KyutaiSpeechRecognition extends HandlerTarget {
  /** BCP 47. Empty: the document's, or English where it has none. The model detects the spoken language by itself. */
  lang = '';
  /** False: the session ends by itself after the first utterance. */
  continuous = false;
  /** Whether `result` events also carry words of an incomplete utterance. */
  interimResults = false;
  /** There is never more than one. */
  maxAlternatives = 1;

  readonly #options: KyutaiSpeechRecognitionOptions;
  #phrases: KyutaiSpeechRecognitionPhrase[] = [];
  #session: Session | undefined;

  constructor(options: KyutaiSpeechRecognitionOptions = {}) {
    super();
    this.#options = options;
  }

  /** Sets the options of every recogniser that is not given its own; returns the class, for `applyPolyfill(…)`. */
  static configure(options: KyutaiSpeechRecognitionOptions): typeof KyutaiSpeechRecognition {
    configured = options;
    return KyutaiSpeechRecognition;
  }

  /** Whether these languages can be recognised now. Rejects with DOMExceptions: SyntaxError, InvalidStateError. */
  static async available(options: SpeechRecognitionOptions): Promise<SpeechRecognitionAvailability> {
    requireDocument();
    return availableOf(options, engineOf(configured), configured.store ?? BROWSER_STORE);
  }

  /** Downloads the model. False if that fails, or if a language is not supported. */
  static async install(options: SpeechRecognitionOptions): Promise<boolean> {
    requireDocument();
    return installOf(options, engineOf(configured), configured.store ?? BROWSER_STORE);
  }

  /** True, whatever it is set to. */
  get processLocally(): boolean {
    return true;
  }

  set processLocally(_required: boolean) {
    // A page may ask for less, but gets it all the same.
  }

  /** Can be filled, as the specification has it; a session with any ends with `phrases-not-supported`. */
  get phrases(): KyutaiSpeechRecognitionPhrase[] {
    return this.#phrases;
  }

  set phrases(phrases: readonly KyutaiSpeechRecognitionPhrase[]) {
    const all: readonly unknown[] = phrases; // a page without types
    if (!all.every((phrase) => phrase instanceof KyutaiSpeechRecognitionPhrase))
      throw new TypeError('phrases takes KyutaiSpeechRecognitionPhrase only.');
    this.#phrases = [...phrases];
  }

  /**
   * Listens to the microphone, or to `track`. Throws an InvalidStateError DOMException while a session is on, and for a
   * track that is not live sound; everything else is told by an `error` event.
   */
  start(track?: MediaStreamTrack): void {
    if (track && track.kind !== 'audio') throw invalidState(`The track is ${track.kind}, expected audio.`);
    if (track && track.readyState !== 'live') throw invalidState(`The track is ${track.readyState}, expected live.`);
    requireDocument();
    if (this.#session) throw invalidState('start() was called while a session is on.');
    const lang = this.lang || document.documentElement.lang || 'en';
    if (this.#phrases.length > 0) this.#refuse('phrases-not-supported', 'The model takes no phrases.');
    else if (!isHeard(lang)) this.#refuse('language-not-supported', `The model hears en and fr, not ${lang}.`);
    else this.#listen(track);
  }

  /** Ends the audio; its last words are still transcribed, then `end` fires. */
  stop(): void {
    this.#session?.stop();
  }

  /** Ends the audio and the results; `end` still fires. */
  abort(): void {
    this.#session?.abort();
  }

  #listen(track: MediaStreamTrack | undefined): void {
    const options = { ...configured, ...this.#options };
    let source: RecognitionSource;
    try {
      source = options.source ? options.source(track) : createSource(track);
    } catch (cause) {
      const error = SttError.from(cause, 'There is no sound to listen to', 'audio-capture');
      this.#refuse(errorNameOf(error), error.message, error);
      return;
    }
    const session = new Session({
      lease: options.client ? ownLease(options.client) : leaseClient(engineOf(options)),
      source,
      continuous: this.continuous,
      interimResults: this.interimResults,
      fire: (event) => this.dispatchEvent(event),
      over: () => {
        if (this.#session === session) this.#session = undefined;
      },
    });
    this.#session = session;
    void session.run();
  }

  /** Fires `error` and `end` for a session that cannot start. */
  #refuse(error: SpeechRecognitionErrorName, message: string, cause?: SttError): void {
    setTimeout(() => {
      this.dispatchEvent(new KyutaiSpeechRecognitionErrorEvent('error', { error, message, ...(cause && { cause }) }));
      this.dispatchEvent(new Event('end'));
    });
  }
}

/** The options that identify an engine. Omitted ones stay omitted, so that equal engines compare equal. */
function engineOf({ model, baseUrl, backend, worker, workerSrc }: EngineOptions): EngineOptions {
  return {
    ...(model && { model }),
    ...(baseUrl && { baseUrl }),
    ...(backend && { backend }),
    ...(worker && { worker }),
    ...(workerSrc && { workerSrc }),
  };
}

function ownLease(client: SttClient): Lease {
  return { client, release: () => undefined };
}

function requireDocument(): void {
  if (!document.defaultView) throw invalidState('The document is not the one that is shown.');
}

function invalidState(message: string): DOMException {
  return new DOMException(message, 'InvalidStateError');
}
