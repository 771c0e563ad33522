/** The Web Speech API's events with data, and its error names. */
import type { SttError, SttErrorCode } from '../../errors.js';
import type { KyutaiSpeechRecognitionResultList } from './results.js';

/** The error names of the specification. */
export type SpeechRecognitionErrorName =
  | 'no-speech'
  | 'aborted'
  | 'audio-capture'
  | 'network'
  | 'not-allowed'
  | 'service-not-allowed'
  | 'language-not-supported'
  | 'phrases-not-supported';

/** The `result` event, and `nomatch` with an empty list. */
export class KyutaiSpeechRecognitionEvent extends Event {
  /** The lowest index in `results` that has changed since the previous event. */
  readonly resultIndex: number;
  readonly results: KyutaiSpeechRecognitionResultList;

  constructor(
    type: string,
    init: EventInit & { readonly resultIndex?: number; readonly results: KyutaiSpeechRecognitionResultList },
  ) {
    super(type, init);
    this.resultIndex = init.resultIndex ?? 0;
    this.results = init.results;
  }
}

/** The `error` event. */
export class KyutaiSpeechRecognitionErrorEvent extends Event {
  readonly error: SpeechRecognitionErrorName;
  /** For the console; `cause.remedy` is for the screen. */
  readonly message: string;
  /** The SttError behind a failure of the engine or the audio source; undefined for others. Not in the specification. */
  readonly cause: SttError | undefined;

  constructor(
    type: string,
    init: EventInit & {
      readonly error: SpeechRecognitionErrorName;
      readonly message?: string;
      readonly cause?: SttError;
    },
  ) {
    super(type, init);
    this.error = init.error;
    this.message = init.message ?? '';
    this.cause = init.cause;
  }
}

/** Other codes become `service-not-allowed`: failures of the machine or of the page's code. */
const NAMES: Partial<Record<SttErrorCode, SpeechRecognitionErrorName>> = {
  'not-allowed': 'not-allowed',
  'insecure-context': 'not-allowed',
  'audio-capture': 'audio-capture',
  'audio-output': 'audio-capture',
  'microphone-busy': 'audio-capture',
  'audio-invalid': 'audio-capture',
  network: 'network',
  integrity: 'network',
  aborted: 'aborted',
};

/** The specification's name for an SttError. */
export function errorNameOf({ code }: SttError): SpeechRecognitionErrorName {
  return NAMES[code] ?? 'service-not-allowed';
}
