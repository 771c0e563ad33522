/** The one error this package throws, and the sentence it offers the visitor for each code. */

/** What the person can do next: one sentence, imperative, no jargon. A code without a remedy does not compile. */
export const REMEDIES = {
  // Names shared with the Web Speech API's SpeechRecognitionErrorEvent.
  'not-allowed': 'Allow the microphone for this site, then press start again.',
  'audio-capture': 'Connect a microphone, then press start again.',
  network: 'Check the connection, then press start again.',
  // The microphone.
  'microphone-busy': 'Close the other program that uses the microphone, then press start again.',
  // Files.
  'model-invalid': 'Point the model attribute at a complete, undamaged model file.',
  'model-mismatch': 'Point the model attribute at a model made for this version of the component.',
  'tokenizer-invalid': 'Use the tokenizer file that was published with this model.',
  'audio-invalid': 'Choose another audio file, such as a WAV, MP3 or OGG recording.',
  quota: 'Free some disk space for this browser, then press start again.',
  integrity: 'Press start again; the damaged part of the model is fetched anew.',
  // The machine.
  unsupported: 'Open this page in a current version of Chrome, Edge, Firefox or Safari.',
  'out-of-memory': 'Close other tabs, then press start again.',
  'gpu-limit-too-small': 'Use backend="wasm", or a smaller model.',
  'gpu-device-lost': 'Press start again; if it repeats, close other tabs that use the graphics card.',
  'gpu-failed': 'Update the browser or the graphics driver, or use backend="wasm".',
  'worker-failed': 'Reload the page, then press start again.',
  'falling-behind': 'Close other programs that keep this machine busy.',
  // The developer.
  'invalid-argument': 'Correct the value named in the message.',
  'invalid-state': 'Wait for the present operation to finish, then try again.',
  // Ours.
  internal: 'Reload the page; if it repeats, report it with the message from the console.',
} as const satisfies Record<string, string>;

export type SttErrorCode = keyof typeof REMEDIES;

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

  constructor(code: SttErrorCode, message: string, options?: ErrorOptions) {
    super(message.endsWith(`(${code})`) ? message : `${message} (${code})`, options);
    this.code = code;
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

  /** `cause` itself where it is one of ours; otherwise wrapped, with `what` it interrupted. Tell an AbortError apart first. */
  static from(cause: unknown, what: string, code: SttErrorCode = 'internal'): SttError {
    if (cause instanceof SttError) return cause;
    const detail = cause instanceof Error ? cause.message : String(cause);
    return new SttError(code, `${what}: ${detail}`, { cause });
  }
}

/** Every code, for tables that must not forget one. */
export const STT_ERROR_CODES = Object.keys(REMEDIES) as readonly SttErrorCode[];
