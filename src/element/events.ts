/** The element's events: what each one carries, and one way to make them. All bubble and cross shadow roots. */
import { LitElement } from 'lit';
import type { Microphone } from '../audio/sources/microphone-choice.js';
import type { Utterance, Word } from '../client/transcript.js';
import type { SttError } from '../errors.js';
import type { EngineInfo } from '../protocol/model.js';
import type { Recovery } from '../protocol/stream-events.js';
import type { CueDetail } from './media/caption-track.js';
import type { LoadPhase, StateName } from './status.js';

export interface TurnDetail {
  /** Seconds on the stream's clock: when the speaker was done. */
  readonly time: number;
  /** 0 … 1, the pause head's own. */
  readonly probability: number;
}

export interface ProgressDetail {
  /** Bytes. */
  readonly loaded: number;
  /** Bytes; 0 while unknown. */
  readonly total: number;
  readonly phase: LoadPhase;
  /** From the network, over the last seconds, while it is downloaded. */
  readonly bytesPerSecond?: number;
  readonly secondsLeft?: number;
  /** The network is gone, or the server asked for patience: it goes on by itself. */
  readonly waiting?: boolean;
  /** Somebody holds it: until `resume`. */
  readonly paused?: boolean;
}

export interface StateChangeDetail {
  readonly state: StateName;
  readonly previous: StateName;
}

export interface StallDetail {
  /** Seconds of sound that wait to be transcribed; 0 when the engine has caught up. None of it is dropped. */
  readonly seconds: number;
}

export interface RecoveryDetail {
  /** `silent`: it said nothing while somebody spoke. `loop`: the same words over and over. */
  readonly reason: Recovery;
  /** Seconds: the sound from here on is heard again. */
  readonly since: number;
}

export interface LevelDetail {
  /** 0 … 1, root mean square of the last 80 ms. */
  readonly rms: number;
  /** 0 … 1, the largest sample of them. */
  readonly peak: number;
}

export interface SeekDetail {
  /** Seconds of the media where one is listened to, of the stream elsewhere. */
  readonly time: number;
  readonly word: Word;
}

export interface KyutaiSttEventMap {
  /** A word joined an utterance; once more, with `isFinal`, when the utterance is complete. */
  transcript: CustomEvent<Utterance>;
  /** The model heard that the speaker is done. */
  turn: CustomEvent<TurnDetail>;
  /** The model is being fetched or prepared. */
  progress: CustomEvent<ProgressDetail>;
  /** The model is in. */
  ready: CustomEvent<EngineInfo>;
  statechange: CustomEvent<StateChangeDetail>;
  /** Sound began to flow. */
  start: CustomEvent<null>;
  /** Listening is over, whatever ended it: the last event of a stream. */
  end: CustomEvent<null>;
  /** Fires before the promise of the method that failed rejects. */
  error: CustomEvent<SttError>;
  /** The engine fell more than a second behind, or caught up. */
  stall: CustomEvent<StallDetail>;
  /** The model had lost its way and began anew; what it said stays, and the utterance is final. */
  recovery: CustomEvent<RecoveryDetail>;
  /** The microphone was unplugged and another took its place, or it came back. The stream goes on. */
  devicechange: CustomEvent<Microphone>;
  /** A caption of a media element grew, or is complete. */
  cue: CustomEvent<CueDetail>;
  /** The visitor chose a word. Cancel it to keep a media element where it is. */
  seek: CustomEvent<SeekDetail>;
  /** How loud it is, 12.5 times a second. */
  level: CustomEvent<LevelDetail>;
}

/** Dispatches one of the element's events on `target`. */
export function emit<K extends keyof KyutaiSttEventMap>(
  target: EventTarget,
  type: K,
  detail: KyutaiSttEventMap[K]['detail'],
): void {
  target.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
}

/** `progress` and `error` have other types on every element, so only this `addEventListener` knows ours. */
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

declare global {
  interface HTMLElementEventMap {
    transcript: KyutaiSttEventMap['transcript'];
    turn: KyutaiSttEventMap['turn'];
    statechange: KyutaiSttEventMap['statechange'];
    stall: KyutaiSttEventMap['stall'];
    recovery: KyutaiSttEventMap['recovery'];
    devicechange: KyutaiSttEventMap['devicechange'];
    level: KyutaiSttEventMap['level'];
    cue: KyutaiSttEventMap['cue'];
    seek: KyutaiSttEventMap['seek'];
  }
}
