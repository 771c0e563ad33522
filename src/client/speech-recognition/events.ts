/** The two events of the Web Speech API that carry something. */
import type { SttError, SttErrorCode } from '../../errors.js';
import type { KyutaiSpeechRecognitionResultList } from './results.js';

/** The specification's names of what can go wrong. */
export type SpeechRecognitionErrorName =
  | 'no-speech'
  | 'aborted'
  | 'audio-capture'
  | 'network'
  | 'not-allowed'
  | 'service-not-allowed'
  | 'language-not-supported'
  | 'phrases-not-supported';

/** `result`, and `nomatch` with an empty list. */
export class KyutaiSpeechRecognitionEvent extends Event {
  /** The lowest index in `results` that has changed since the event before. */
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

/** `error`. */
export class KyutaiSpeechRecognitionErrorEvent extends Event {
  readonly error: SpeechRecognitionErrorName;
  /** For the console; `cause.remedy` is for the screen. */
  readonly message: string;
  /** What this package says of it, where it is a failure of its engine or its sound. Not in the specification. */
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

/** What is not here is the machine's or the developer's: the service cannot be had. */
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

/** The specification's name for a failure of this package. */
export function errorNameOf({ code }: SttError): SpeechRecognitionErrorName {
  return NAMES[code] ?? 'service-not-allowed';
}
