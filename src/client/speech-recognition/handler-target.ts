/** An EventTarget with `on…` properties that behave like the platform's. */
import type { KyutaiSpeechRecognitionErrorEvent, KyutaiSpeechRecognitionEvent } from './events.js';

export interface KyutaiSpeechRecognitionEventMap {
  /** The session has started and audio flows. */
  start: Event;
  audiostart: Event;
  soundstart: Event;
  speechstart: Event;
  result: KyutaiSpeechRecognitionEvent;
  speechend: Event;
  soundend: Event;
  audioend: Event;
  /** The session ended with sound but without words. */
  nomatch: KyutaiSpeechRecognitionEvent;
  error: KyutaiSpeechRecognitionErrorEvent;
  /** Always the last event, whatever ended the session. */
  end: Event;
}

export type EventName = keyof KyutaiSpeechRecognitionEventMap;

type Handler<K extends EventName> = ((event: KyutaiSpeechRecognitionEventMap[K]) => unknown) | null;

const EVENTS = [
  'start',
  'audiostart',
  'soundstart',
  'speechstart',
  'result',
  'speechend',
  'soundend',
  'audioend',
  'nomatch',
  'error',
  'end',
] as const satisfies readonly EventName[];

/** A handler is added to the listeners when first set, and keeps that position when replaced. */
export abstract class HandlerTarget extends EventTarget {
  declare onstart: Handler<'start'>;
  declare onaudiostart: Handler<'audiostart'>;
  declare onsoundstart: Handler<'soundstart'>;
  declare onspeechstart: Handler<'speechstart'>;
  declare onresult: Handler<'result'>;
  declare onspeechend: Handler<'speechend'>;
  declare onsoundend: Handler<'soundend'>;
  declare onaudioend: Handler<'audioend'>;
  declare onnomatch: Handler<'nomatch'>;
  declare onerror: Handler<'error'>;
  declare onend: Handler<'end'>;

  readonly #handlers = new Map<string, (event: Event) => unknown>();
  readonly #call = (event: Event): unknown => this.#handlers.get(event.type)?.call(this, event);

  static {
    for (const type of EVENTS) {
      Object.defineProperty(this.prototype, `on${type}`, {
        configurable: true,
        enumerable: true,
        get(this: HandlerTarget) {
          return this.#handlers.get(type) ?? null;
        },
        set(this: HandlerTarget, handler: unknown) {
          this.#set(type, handler);
        },
      });
    }
  }

  override addEventListener<K extends EventName>(
    type: K,
    listener: (this: this, event: KyutaiSpeechRecognitionEventMap[K]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  override addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
  override addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void {
    super.addEventListener(type, listener, options);
  }

  /** Any value that is not a function removes the handler, like null. */
  #set(type: EventName, handler: unknown): void {
    const had = this.#handlers.has(type);
    if (typeof handler !== 'function') {
      this.#handlers.delete(type);
      this.removeEventListener(type, this.#call);
      return;
    }
    this.#handlers.set(type, handler as (event: Event) => unknown);
    if (!had) super.addEventListener(type, this.#call);
  }
}
