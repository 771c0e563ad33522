/** Implements the Web Speech API's `SpeechRecognition` on the local engine, for code and libraries written for that API. */
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
import { isSupported } from './language.js';
import { KyutaiSpeechRecognitionPhrase } from './phrase.js';
import { Session, type RecognitionSource } from './session.js';
import { leaseClient, type EngineOptions, type Lease } from './shared-client.js';

/** Options beyond the specification. Recognisers with equal options share one engine. */
export interface KyutaiSpeechRecognitionOptions extends EngineOptions {
  /** A client to use instead of the shared one. The recogniser never closes it. */
  readonly client?: SttClient;
  /** Creates the audio source of each session. Default: the microphone, or the track passed to `start`. */
  readonly source?: (track?: MediaStreamTrack) => RecognitionSource;
  /** Backs `available` and `install`; default: the browser's storage. */
  readonly store?: RecognitionStore;
}

/** Set by `configure`; applies also to recognisers created by libraries. */
let configured: KyutaiSpeechRecognitionOptions = {};

/**
 * A `SpeechRecognition` that keeps audio on the machine. Results also have `audioStartTime` and `audioEndTime` in seconds.
 * Supports English and French; one alternative per result; no grammars.
 */
export class KyutaiSpeechRecognition extends HandlerTarget {
  /** BCP 47 language tag. Empty: the document's, or English if it has none. The model detects the spoken language itself. */
  lang = '';
  /** False: the session ends by itself after the first utterance. */
  continuous = false;
  /** Whether `result` events also carry words of an incomplete utterance. */
  interimResults = false;
  /** Ignored: each result has one alternative. */
  maxAlternatives = 1;

  readonly #options: KyutaiSpeechRecognitionOptions;
  #phrases: KyutaiSpeechRecognitionPhrase[] = [];
  #session: Session | undefined;

  constructor(options: KyutaiSpeechRecognitionOptions = {}) {
    super();
    this.#options = options;
  }

  /** Sets the default options of all recognisers; returns the class, for `applyPolyfill(…)`. */
  static configure(options: KyutaiSpeechRecognitionOptions): typeof KyutaiSpeechRecognition {
    configured = options;
    return KyutaiSpeechRecognition;
  }

  /** Whether these languages can be recognised now. Rejects with a SyntaxError or InvalidStateError DOMException. */
  static async available(options: SpeechRecognitionOptions): Promise<SpeechRecognitionAvailability> {
    requireDocument();
    return availableOf(options, engineOf(configured), configured.store ?? BROWSER_STORE);
  }

  /** Downloads the model. False if that fails, or if a language is not supported. */
  static async install(options: SpeechRecognitionOptions): Promise<boolean> {
    requireDocument();
    return installOf(options, engineOf(configured), configured.store ?? BROWSER_STORE);
  }

  /** Always true; setting it has no effect. */
  get processLocally(): boolean {
    return true;
  }

  set processLocally(_required: boolean) {
    // Recognition is always local, whatever the page requires.
  }

  /** Names and terms to prefer. Read by `start()`. */
  get phrases(): KyutaiSpeechRecognitionPhrase[] {
    return this.#phrases;
  }

  set phrases(phrases: readonly KyutaiSpeechRecognitionPhrase[]) {
    const all: readonly unknown[] = phrases; // callers may not use TypeScript
    if (!all.every((phrase) => phrase instanceof KyutaiSpeechRecognitionPhrase))
      throw new TypeError('phrases accepts only KyutaiSpeechRecognitionPhrase.');
    this.#phrases = [...phrases];
  }

  /**
   * Listens to the microphone, or to `track`. Throws an InvalidStateError DOMException if a session is running or `track`
   * is not a live audio track; an `error` event reports all other failures.
   */
  start(track?: MediaStreamTrack): void {
    if (track && track.kind !== 'audio') throw invalidState(`The track is ${track.kind}, expected audio.`);
    if (track && track.readyState !== 'live') throw invalidState(`The track is ${track.readyState}, expected live.`);
    requireDocument();
    if (this.#session) throw invalidState('start() was called during a session.');
    const lang = this.lang || document.documentElement.lang || 'en';
    if (!isSupported(lang)) this.#refuse('language-not-supported', `The model supports en and fr, not ${lang}.`);
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
      source = options.source
        ? options.source(track)
        : createSource(track, options.assets ? { assets: options.assets } : {});
    } catch (cause) {
      const error = SttError.from(cause, 'The audio source could not be created', 'audio-capture');
      this.#refuse(errorNameOf(error), error.message, error);
      return;
    }
    const session = new Session({
      lease: options.client ? ownLease(options.client) : leaseClient(engineOf(options)),
      source,
      continuous: this.continuous,
      phrases: this.#phrases.flatMap(({ phrase, boost }) => (phrase.trim() === '' ? [] : [{ phrase, boost }])),
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

/** The options that identify an engine. Omitted options stay omitted, so that equal engines compare equal. */
function engineOf({ model, baseUrl, backend, worker, workerSrc, assets }: EngineOptions): EngineOptions {
  return {
    ...(model && { model }),
    ...(baseUrl && { baseUrl }),
    ...(backend && { backend }),
    ...(worker && { worker }),
    ...(workerSrc && { workerSrc }),
    ...(assets && { assets }),
  };
}

function ownLease(client: SttClient): Lease {
  return { client, release: () => undefined };
}

function requireDocument(): void {
  if (typeof document === 'undefined' || !document.defaultView) throw invalidState('The document is not active.');
}

function invalidState(message: string): DOMException {
  return new DOMException(message, 'InvalidStateError');
}
