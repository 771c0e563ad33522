/** The element's events: their details, and how they are dispatched. */
import { LitElement } from 'lit';
import type { Microphone } from '../audio/sources/microphone-choice.js';
import type { Utterance, Word } from '../client/transcript.js';
import type { SttError } from '../errors.js';
import type { EngineInfo } from '../protocol/model.js';
import type { Recovery } from '../protocol/stream-events.js';
import type { CommandDetail } from './hands-free/port.js';
import type { CueDetail } from './media/caption-track.js';
import type { LoadPhase, StateName } from './status.js';

export interface TurnDetail {
  /** Seconds on the stream's clock: when the speaker was done. */
  readonly time: number;
  /** Of the pause head, 0 … 1. */
  readonly probability: number;
}

export interface ProgressDetail {
  /** Bytes. */
  readonly loaded: number;
  /** Bytes; 0 while unknown. */
  readonly total: number;
  readonly phase: LoadPhase;
  /** Download speed over the last seconds. */
  readonly bytesPerSecond?: number;
  readonly secondsLeft?: number;
  /** The device is offline, or the server asked to wait; the download resumes by itself. */
  readonly waiting?: boolean;
  /** `pause` was called, perhaps in another tab; the download waits for `resume`. */
  readonly paused?: boolean;
}

export interface StateChangeDetail {
  readonly state: StateName;
  readonly previous: StateName;
}

export interface StallDetail {
  /** Seconds of audio that wait to be transcribed; 0 when the engine has caught up. Nothing is dropped. */
  readonly seconds: number;
}

export interface RecoveryDetail {
  /** `silent`: there was speech, but no words. `loop`: the same words were repeated. */
  readonly reason: Recovery;
  /** Seconds on the stream's clock: the audio from here on is transcribed again. */
  readonly since: number;
}

export interface LevelDetail {
  /** Root mean square of the last 80 ms, 0 … 1. */
  readonly rms: number;
  /** The largest sample of the last 80 ms, 0 … 1. */
  readonly peak: number;
}

export interface SeekDetail {
  /** Seconds: of the media element if there is one, otherwise of the stream. */
  readonly time: number;
  readonly word: Word;
}

export interface KyutaiSttEventMap {
  /** A word was added to an utterance; once more, with `isFinal`, when the utterance is complete. */
  transcript: CustomEvent<Utterance>;
  /** The model detected the end of the speaker's turn. */
  turn: CustomEvent<TurnDetail>;
  /** The model is being downloaded or prepared. */
  progress: CustomEvent<ProgressDetail>;
  /** The model is loaded. */
  ready: CustomEvent<EngineInfo>;
  statechange: CustomEvent<StateChangeDetail>;
  /** Audio began to flow. */
  start: CustomEvent<null>;
  /** Listening ended, for whatever reason: the last event of a stream. */
  end: CustomEvent<null>;
  /** Something failed. Fires before the promise of the method rejects. */
  error: CustomEvent<SttError>;
  /** The engine fell more than a second behind, or caught up. */
  stall: CustomEvent<StallDetail>;
  /** The model produced no words, or repeated itself, and was restarted. Its earlier words stay, and their utterance is final. */
  recovery: CustomEvent<RecoveryDetail>;
  /** The microphone was unplugged and replaced by another, or it was plugged in again. The stream continues. */
  devicechange: CustomEvent<Microphone>;
  /** A caption of a media element grew, or is complete. */
  cue: CustomEvent<CueDetail>;
  /** The visitor chose a word. Cancel it to keep a media element where it is. */
  seek: CustomEvent<SeekDetail>;
  /** The visitor spoke a command. Cancel it to leave its words in the text. */
  command: CustomEvent<CommandDetail>;
  /** The loudness, 12.5 times a second. */
  level: CustomEvent<LevelDetail>;
}

/** Events of the value, as those of the platform's form controls. */
type FormEventType = 'input' | 'change';

/**
 * Only what reports words bubbles. As with media elements, all other events are dispatched on the element alone: listeners of
 * the page for an `error` or a `progress` of something else do not receive them.
 */
const BUBBLING: ReadonlySet<string> = new Set<keyof KyutaiSttEventMap | FormEventType>([
  'transcript',
  'cue',
  'input',
  'change',
]);

/** Events that bubble also cross shadow roots, except `change`, which does not in the platform either. */
function reach(type: string): EventInit {
  const bubbles = BUBBLING.has(type);
  return { bubbles, composed: bubbles && type !== 'change' };
}

const CANCELABLE: readonly string[] = ['seek', 'command'] satisfies (keyof KyutaiSttEventMap)[];

/** Dispatches one of the element's events on `target`. Returns whether the page let it pass. */
export function emit<K extends keyof KyutaiSttEventMap>(
  target: EventTarget,
  type: K,
  detail: KyutaiSttEventMap[K]['detail'],
): boolean {
  return target.dispatchEvent(new CustomEvent(type, { detail, cancelable: CANCELABLE.includes(type), ...reach(type) }));
}

/** Dispatches an event of the value on `target`. */
export function emitFormEvent(target: EventTarget, type: FormEventType): void {
  target.dispatchEvent(new Event(type, reach(type)));
}

/** Gives `addEventListener` the element's event types: `progress` and `error` have other types in `HTMLElementEventMap`. */
export abstract class TypedEventsElement extends LitElement {
  override addEventListener<K extends keyof KyutaiSttEventMap>(
    type: K,
    listener: (this: this, event: KyutaiSttEventMap[K]) => unknown,
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
    super.addEventListener(type, listener as EventListener, options);
  }
}

/** The events that reach ancestors of the element. */
declare global {
  interface HTMLElementEventMap {
    transcript: KyutaiSttEventMap['transcript'];
    cue: KyutaiSttEventMap['cue'];
  }
}
