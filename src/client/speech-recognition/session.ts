/** One call of `start`: from the permission to the `end` event, with everything between in the specification's order. */
import type { Level } from '../../audio/level.js';
import { SttError } from '../../errors.js';
import type { StreamSource, SttStream } from '../stt-stream.js';
import type { Transcript, Utterance } from '../transcript.js';
import {
  errorNameOf,
  KyutaiSpeechRecognitionErrorEvent,
  KyutaiSpeechRecognitionEvent,
  type SpeechRecognitionErrorName,
} from './events.js';
import { Phases } from './phases.js';
import { KyutaiSpeechRecognitionResult, KyutaiSpeechRecognitionResultList } from './results.js';
import type { Lease } from './shared-client.js';

/** Audio for a recogniser; if it reports its level, the `sound` events follow it. */
export interface RecognitionSource extends StreamSource {
  onlevel?: ((level: Level) => void) | null;
}

export interface SessionOptions {
  readonly lease: Lease;
  readonly source: RecognitionSource;
  readonly continuous: boolean;
  readonly interimResults: boolean;
  readonly fire: (event: Event) => void;
  /** Called before the `error` or `end` with which a new session may start. */
  readonly over: () => void;
}

/** A session for one sentence does not wait for it longer than this; readings, 12.5 a second: ten seconds. */
const PATIENCE = 125;
/** Nor, where words have come, for the model to say that the sentence is over: three seconds of silence are its end. */
const PAUSE = 38;

interface Failure {
  readonly error: SpeechRecognitionErrorName;
  readonly message: string;
  readonly cause?: SttError;
}

export class Session {
  readonly #options: SessionOptions;
  readonly #phases: Phases;
  readonly #cancelled = new AbortController();
  readonly #results: KyutaiSpeechRecognitionResult[] = [];
  #finals = 0;
  #stream: SttStream | undefined;
  #started = false;
  /** Nothing more is said but how it ended. */
  #silenced = false;
  #over = false;
  #behind = false;
  #cutShort = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#phases = new Phases((type) => this.#fire(new Event(type)));
  }

  /** Opens a microphone only once the model is loaded: earlier audio would be lost while its light is on. Never rejects. */
  async run(): Promise<void> {
    const { source, lease } = this.#options;
    const { signal } = this.#cancelled;
    source.onlevel = ({ rms }) => this.#level(rms);
    try {
      const early = source.kind === 'microphone' ? undefined : source.prepare?.(signal);
      await Promise.all([early, lease.client.load()]);
      signal.throwIfAborted();
      this.#stream = await lease.client.start(
        source,
        {
          changed: (transcript) => this.#show(transcript),
          backlog: (seconds) => (this.#behind = seconds > 0),
          ended: () => this.#conclude(),
          failed: (cause) => this.#fail(cause),
        },
        signal,
      );
      this.#begin();
    } catch (cause) {
      source.abort();
      if (!signal.aborted) this.#fail(SttError.from(cause, 'Speech recognition could not start', 'aborted'));
    }
  }

  /** Ends the audio; its last words are still transcribed. */
  stop(): void {
    if (this.#stream)
      this.#stream.finish().catch(() => undefined); // reported by `failed`
    else this.abort();
  }

  /** Ends at once; only `end` follows. */
  abort(): void {
    if (this.#silenced) return;
    this.#cutShort = true;
    this.#drop();
    setTimeout(() => this.#conclude());
  }

  #drop(): void {
    this.#silenced = true;
    this.#cancelled.abort();
    this.#options.source.abort();
    this.#stream?.abort();
  }

  #begin(): void {
    if (this.#started || this.#silenced) return;
    this.#started = true;
    this.#fire(new Event('start'));
    this.#phases.enter('audio');
  }

  #level(rms: number): void {
    if (this.#silenced) return;
    this.#phases.level(rms);
    const waits = !this.#options.continuous && this.#finals === 0 && !this.#behind;
    if (waits && this.#phases.inSpeech && this.#phases.silence === PAUSE) this.stop();
    if (!waits || this.#phases.quiet < PATIENCE) return;
    this.#complete();
  }

  #show({ utterances, interim }: Transcript): void {
    const hasWords = utterances.length > this.#finals || interim !== undefined;
    if (this.#silenced || !hasWords) return;
    this.#begin(); // a device may give sound before it is wholly open
    this.#phases.enter('speech');
    for (let done = utterances[this.#finals]; done?.isFinal; done = utterances[this.#finals]) {
      this.#results[this.#finals] = new KyutaiSpeechRecognitionResult(done, '', this.#finals === 0);
      this.#finals += 1;
      this.#fireResult(this.#finals - 1);
      this.#phases.backTo('sound');
      // A stream that breaks closes its last utterance first, and reports the failure next.
      if (!this.#options.continuous && !this.#stream?.cause) this.#complete();
      if (this.#isSilenced()) return; // also where a listener called `abort`
    }
    const pending = utterances[this.#finals] ?? (interim && unspoken(interim.start));
    if (pending && this.#options.interimResults) this.#showInterim(pending, interim?.text ?? '');
  }

  #complete(): void {
    this.#drop();
    this.#conclude();
  }

  #isSilenced(): boolean {
    return this.#silenced;
  }

  #showInterim(pending: Utterance, interim: string): void {
    this.#phases.enter('speech');
    const result = new KyutaiSpeechRecognitionResult(pending, interim, this.#finals === 0);
    if (result.item(0)?.transcript === this.#results[this.#finals]?.item(0)?.transcript) return;
    this.#results[this.#finals] = result;
    this.#fireResult(this.#finals);
  }

  #fireResult(resultIndex: number): void {
    const results = new KyutaiSpeechRecognitionResultList(this.#results);
    this.#fire(new KyutaiSpeechRecognitionEvent('result', { resultIndex, results }));
  }

  #fail(cause: SttError): void {
    this.#conclude({ error: errorNameOf(cause), message: cause.message, cause });
  }

  #conclude(failure = this.#silence()): void {
    if (this.#over) return;
    this.#over = true;
    this.#silenced = true;
    this.#phases.backTo('none');
    this.#options.lease.release();
    this.#options.over();
    if (failure === 'nomatch') {
      const results = new KyutaiSpeechRecognitionResultList([]);
      this.#fire(new KyutaiSpeechRecognitionEvent('nomatch', { results }));
    } else if (failure) this.#fire(new KyutaiSpeechRecognitionErrorEvent('error', failure));
    this.#fire(new Event('end'));
  }

  /** What a session says that came to its end without a word, unless the page cut it short. */
  #silence(): Failure | 'nomatch' | undefined {
    if (!this.#started || this.#finals > 0 || this.#cutShort) return undefined;
    if (this.#phases.heardSound) return 'nomatch';
    return { error: 'no-speech', message: 'No sound was heard.' };
  }

  #fire(event: Event): void {
    this.#options.fire(event);
  }
}

/** What holds an unfinished word that follows a pause. */
function unspoken(start: number): Utterance {
  return { id: 0, text: '', words: [], isFinal: false, start, end: start };
}
