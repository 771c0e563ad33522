/** The package's error class, the remedy shown to the visitor for each error code, and the platform's AbortError. */

/** For errors that only a developer can fix; the error's message says how. */
const PAGE_MISCONFIGURED = 'This page isn’t set up correctly. Contact the site owner.';

/** What the visitor can do next: imperative, without jargon. */
export const REMEDIES = {
  // Names shared with the Web Speech API's SpeechRecognitionErrorEvent.
  'not-allowed': 'Allow microphone access for this site, then try again.',
  'audio-capture': 'Connect a microphone, then try again.',
  network: 'Check your connection and the address of the file, then try again.',
  aborted: 'Press the button to try again.',
  // The microphone.
  'microphone-busy': 'Close the other app that is using the microphone, then try again.',
  // The loudspeaker, without which some browsers process no audio.
  'audio-output': 'Check that this device has a working audio output, such as a speaker, then try again.',
  // A shared tab.
  'share-refused': 'Choose a tab to share, then try again.',
  'share-without-audio': 'Share a browser tab and turn on “Also share tab audio”.',
  // Files.
  'model-invalid': PAGE_MISCONFIGURED,
  'model-mismatch': PAGE_MISCONFIGURED,
  'tokenizer-invalid': PAGE_MISCONFIGURED,
  'audio-invalid': 'Choose another audio file, such as a WAV, MP3 or OGG recording.',
  quota: 'Free up some disk space, then try again.',
  integrity: 'Try again. The damaged part of the model will be downloaded again.',
  // The field that receives the dictation.
  'field-full': 'The field is full. Shorten its text, then try again.',
  'field-unavailable': 'This field can’t be edited right now. Try again later.',
  // The machine.
  unsupported: 'Open this page in a recent version of Chrome, Edge, Firefox or Safari.',
  'insecure-context': 'Open this page at its HTTPS address, then try again.',
  'blocked-by-policy': 'This page’s security policy blocks speech recognition. Contact the site owner.',
  'out-of-memory': 'Close other tabs, then try again. If the problem persists, use a device with more memory.',
  'gpu-limit-too-small': 'The model is too large for this graphics card. Contact the site owner.',
  'gpu-device-lost': 'Try again. If the problem persists, close other tabs that use the graphics card.',
  'gpu-failed': 'Update your browser or graphics driver, then try again.',
  'worker-failed': 'Reload the page, then try again.',
  'falling-behind': 'Close apps that slow this device down, then try again.',
  // The developer.
  'invalid-argument': PAGE_MISCONFIGURED,
  'invalid-state': PAGE_MISCONFIGURED,
  // Ours.
  internal: 'Reload the page. If the problem persists, contact the site owner.',
} as const satisfies Record<string, string>;

export type SttErrorCode = keyof typeof REMEDIES;

/** What is wrong with a recording. The element shows it in the visitor's language, with the recording's name. */
export type RecordingFault = 'empty' | 'undecodable' | 'unsupported' | 'no-samples' | 'unreadable' | 'not-downloaded';

interface SttErrorOptions extends ErrorOptions {
  readonly fault?: RecordingFault | undefined;
  readonly speaker?: string;
}

/** How an SttError crosses a MessagePort: structured clone drops subclasses, so it is rebuilt on arrival. */
export interface WireError {
  readonly code: SttErrorCode;
  readonly message: string;
}

/**
 * The only error type this package throws, dispatches or rejects with, except `AbortError`.
 * `message` is for the developer's console and says what, where and both values; `remedy` is for the
 * screen; `code` is for `switch`.
 */
export class SttError extends Error {
  override readonly name = 'SttError';
  readonly code: SttErrorCode;
  /** What is wrong with the recording, where one could not be used. */
  readonly fault: RecordingFault | undefined;
  /** The label of the lane that failed, where one of several did. */
  readonly speaker: string | undefined;

  constructor(code: SttErrorCode, message: string, options?: SttErrorOptions) {
    super(message.endsWith(`(${code})`) ? message : `${message} (${code})`, options);
    this.code = code;
    this.fault = options?.fault;
    this.speaker = options?.speaker;
  }

  /** What the visitor can do next, in English. The element translates it by `code`. */
  get remedy(): string {
    return REMEDIES[this.code];
  }

  /** The plain object that crosses a MessagePort. */
  toWire(): WireError {
    return { code: this.code, message: this.message };
  }

  static fromWire(wire: WireError): SttError {
    return new SttError(wire.code, wire.message);
  }

  /** `cause` itself if it is an SttError; otherwise wraps it, with `what` failed, as `code`, or as `out-of-memory` if it says so. Handle AbortErrors before. */
  static from(cause: unknown, what: string, code: SttErrorCode = 'internal', fault?: RecordingFault): SttError {
    if (cause instanceof SttError) return cause;
    const detail = cause instanceof Error ? cause.message : String(cause);
    if (isOutOfMemory(cause)) return new SttError('out-of-memory', `${what}: ${detail}`, { cause });
    return new SttError(code, `${what}: ${detail}`, { cause, ...(fault && { fault }) });
  }
}

/** Browsers throw RangeErrors with different messages when an allocation fails; Firefox throws a string or its InternalError. */
function isOutOfMemory(cause: unknown): boolean {
  if (cause === 'out of memory') return true;
  if (!(cause instanceof Error)) return false;
  const isOfMemory = cause instanceof RangeError || cause.name === 'InternalError';
  return isOfMemory && /out of memory|allocat|could not (create|grow) memory|maximum memory size/i.test(cause.message);
}

/** `cause` as an SttError with the name of the lane in which it happened; an AbortError as it is. */
export function inLane<T>(cause: T, speaker: string): T extends SttError ? SttError : unknown;
export function inLane(cause: unknown, speaker: string): unknown {
  if (isAbort(cause) || (cause instanceof SttError && cause.speaker !== undefined)) return cause;
  const { code, message, fault } = SttError.from(cause, 'The audio could not be started');
  return new SttError(code, `Lane ${JSON.stringify(speaker)}: ${message}`, { cause, fault, speaker });
}

/** The platform's AbortError, which passes through every layer unwrapped: cancelling is not a failure. */
export function abortError(what: string): DOMException {
  return new DOMException(`${what} was aborted.`, 'AbortError');
}

/** Whether `cause` comes from an aborted signal. */
export function isAbort(cause: unknown): boolean {
  return cause instanceof DOMException && cause.name === 'AbortError';
}

/** Every code, for tables that must not forget one. */
export const STT_ERROR_CODES = Object.keys(REMEDIES) as readonly SttErrorCode[];
