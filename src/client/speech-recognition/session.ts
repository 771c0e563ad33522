/** One recognition session, from `start()` to the `end` event; fires events in the specification's order. */
import type { Level } from '../../audio/level.js';
import { SttError } from '../../errors.js';
import type { Phrase } from '../../protocol/messages.js';
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

/** Audio for a recogniser; `soundstart` and `soundend` need a source that reports its level. */
export interface RecognitionSource extends StreamSource {
  onlevel?: ((level: Level) => void) | null;
}

export interface SessionOptions {
  readonly lease: Lease;
  readonly source: RecognitionSource;
  readonly continuous: boolean;
  readonly interimResults: boolean;
  readonly phrases: readonly Phrase[];
  readonly fire: (event: Event) => void;
  /** Called before the final `error` or `end`, whose listeners may start a new session. */
  readonly over: () => void;
}

/** Level readings (12.5 per second) without speech after which a session for one sentence ends: ten seconds. */
const NO_SPEECH_READINGS = 125;
/** Quiet readings after words that end the sentence if the model detects no end: three seconds. */
const PAUSE_READINGS = 38;
/** Loud readings that count as a sentence while the model loads: a third of a second. */
const SENTENCE_READINGS = 4;

interface Failure {
  readonly error: SpeechRecognitionErrorName;
  readonly message: string;
  readonly cause?: SttError;
}

const NOT_RECORDED: Failure = {
  error: 'no-speech',
  message: 'Nothing was recorded: stop() was called before the microphone was open.',
};

export class Session {
  readonly #options: SessionOptions;
  readonly #phases: Phases;
  readonly #cancelled = new AbortController();
  readonly #results: KyutaiSpeechRecognitionResult[] = [];
  #finals = 0;
  #stream: SttStream | undefined;
  #started = false;
  /** Only the closing events may still be fired. */
  #silenced = false;
  #over = false;
  #hasBacklog = false;
  #aborted = false;
  /** Audio is recorded before the model is loaded: words come later. */
  #loading = true;
  /** The microphone is being opened since an earlier task, so that something may have been said. */
  #opening = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#phases = new Phases((type) => this.#fire(new Event(type)));
  }

  /** Opens the microphone at once, as the API promises: what is said before the model is ready is transcribed then. Never rejects. */
  async run(): Promise<void> {
    const { source, lease } = this.#options;
    const { signal } = this.#cancelled;
    source.onlevel = ({ rms }) => this.#level(rms);
    const loaded = (): void => void (this.#loading = false);
    // A failed load fails the stream. It loads what the source needs.
    lease.client.load({ live: false }).then(loaded, () => undefined);
    setTimeout(() => (this.#opening = true));
    try {
      this.#stream = await lease.client.start(
        source,
        {
          phrases: this.#options.phrases,
          changed: (transcript) => this.#show(transcript),
          backlog: (seconds) => (this.#hasBacklog = seconds > 0),
          ended: () => this.#conclude(),
          failed: (cause) => this.#fail(cause),
        },
        signal,
        { when: 'now' },
      );
      this.#begin();
    } catch (cause) {
      source.abort();
      if (!signal.aborted) this.#fail(SttError.from(cause, 'Speech recognition could not start', 'aborted'));
    }
  }

  /** Ends the audio; its last words are still transcribed. Before the microphone is open there is none, which `error` says. */
  stop(): void {
    if (this.#silenced) return;
    if (this.#stream) {
      this.#stream.finish().catch(() => undefined); // reported by `failed`
      return;
    }
    if (!this.#opening) return this.abort();
    this.#drop();
    setTimeout(() => this.#conclude(NOT_RECORDED));
  }

  /** Ends at once; only `end` follows. */
  abort(): void {
    if (this.#silenced) return;
    this.#aborted = true;
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
    const awaitsSentence = !this.#options.continuous && this.#finals === 0 && !this.#hasBacklog;
    // No word comes while the model loads: then any sound that is longer than a click counts as the sentence.
    const spoke = this.#loading ? this.#phases.loud >= SENTENCE_READINGS : this.#phases.inSpeech;
    if (awaitsSentence && spoke && this.#phases.silence === PAUSE_READINGS) this.stop();
    if (!awaitsSentence || this.#phases.quiet < NO_SPEECH_READINGS) return;
    this.#complete();
  }

  #show({ utterances, interim }: Transcript): void {
    const hasWords = utterances.length > this.#finals || interim !== undefined;
    if (this.#silenced || !hasWords) return;
    this.#begin(); // a device may deliver audio before `start` resolves
    this.#phases.enter('speech');
    for (let done = utterances[this.#finals]; done?.isFinal; done = utterances[this.#finals]) {
      this.#results[this.#finals] = new KyutaiSpeechRecognitionResult(done, '', this.#finals === 0);
      this.#finals += 1;
      this.#fireResult(this.#finals - 1);
      this.#phases.backTo('sound');
      // A failing stream closes its last utterance before it reports the failure.
      if (!this.#options.continuous && !this.#stream?.cause) this.#complete();
      if (this.#isSilenced()) return; // a listener may have called `abort`
    }
    const pending = utterances[this.#finals] ?? (interim && emptyUtterance(interim.start));
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

  #conclude(failure = this.#withoutWords()): void {
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

  /** How to report a session that ended without words, unless the page aborted it. */
  #withoutWords(): Failure | 'nomatch' | undefined {
    if (!this.#started || this.#finals > 0 || this.#aborted) return undefined;
    if (this.#phases.hadSound) return 'nomatch';
    return { error: 'no-speech', message: 'No sound was detected.' };
  }

  #fire(event: Event): void {
    this.#options.fire(event);
  }
}

/** An empty utterance for an unfinished word after a pause. */
function emptyUtterance(start: number): Utterance {
  return { id: 0, text: '', words: [], isFinal: false, start, end: start };
}
