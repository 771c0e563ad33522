/** The nested phases audio, sound and speech, with an event at the start and end of each. */
import type { EventName } from './handler-target.js';

/** RMS of full scale: speech at arm's length is above it, a quiet room below. */
const SOUND_RMS = 0.004;
/** Quiet readings (12.5 per second) that end a sound: half a second. */
const QUIET_READINGS = 6;

const DEPTHS = { none: 0, audio: 1, sound: 2, speech: 3 } as const;
const STARTS = ['audiostart', 'soundstart', 'speechstart'] as const satisfies readonly EventName[];
const ENDS = ['audioend', 'soundend', 'speechend'] as const satisfies readonly EventName[];

export type Phase = keyof typeof DEPTHS;

export class Phases {
  readonly #fire: (type: EventName) => void;
  #depth: number = DEPTHS.none;
  #quiet = 0;
  #hadSound = false;
  #loud = 0;

  constructor(fire: (type: EventName) => void) {
    this.#fire = fire;
  }

  /** Whether any sound or speech was detected. */
  get hadSound(): boolean {
    return this.#hadSound;
  }

  /** Consecutive quiet readings; 0 during speech. */
  get quiet(): number {
    return this.#depth < DEPTHS.speech ? this.#quiet : 0;
  }

  /** Whether words were transcribed and the sentence is not over. */
  get inSpeech(): boolean {
    return this.#depth === DEPTHS.speech;
  }

  /** Consecutive quiet readings, whatever the phase. */
  get silence(): number {
    return this.#quiet;
  }

  /** Readings with sound so far. */
  get loud(): number {
    return this.#loud;
  }

  /** Enters the phase and those around it that are not entered yet. */
  enter(phase: Phase): void {
    if (DEPTHS[phase] >= DEPTHS.sound) this.#hadSound = true;
    while (this.#depth < DEPTHS[phase]) {
      const type = STARTS[this.#depth++];
      if (type) this.#fire(type);
    }
  }

  /** Leaves the phases inside this one. */
  backTo(phase: Phase): void {
    while (this.#depth > DEPTHS[phase]) {
      const type = ENDS[--this.#depth];
      if (type) this.#fire(type);
    }
  }

  /** Processes a level reading, 0 … 1. Quiet does not end speech: words arrive half a second after their sound. */
  level(rms: number): void {
    if (this.#depth < DEPTHS.audio) return;
    if (rms >= SOUND_RMS) {
      this.#quiet = 0;
      this.#loud += 1;
      this.enter('sound');
      return;
    }
    this.#quiet += 1;
    if (this.#quiet >= QUIET_READINGS && this.#depth === DEPTHS.sound) this.backTo('audio');
  }
}
