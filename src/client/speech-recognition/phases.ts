/** The nested phases audio, sound and speech, with an event at the start and end of each. */
import type { EventName } from './handler-target.js';

/** Two consonants at arm's length are above it, a quiet room is below. Of full scale. */
const SOUND_RMS = 0.004;
/** Loudness is read 12.5 times a second: what is quieter for half a second is no longer one sound. */
const QUIET_READINGS = 6;

const DEPTHS = { none: 0, audio: 1, sound: 2, speech: 3 } as const;
const STARTS = ['audiostart', 'soundstart', 'speechstart'] as const satisfies readonly EventName[];
const ENDS = ['audioend', 'soundend', 'speechend'] as const satisfies readonly EventName[];

export type Phase = keyof typeof DEPTHS;

export class Phases {
  readonly #fire: (type: EventName) => void;
  #depth: number = DEPTHS.none;
  #quiet = 0;
  #heardSound = false;

  constructor(fire: (type: EventName) => void) {
    this.#fire = fire;
  }

  /** Whether there was ever more than the silence of a room. */
  get heardSound(): boolean {
    return this.#heardSound;
  }

  /** For how many readings in a row it has been quiet; 0 while someone speaks. */
  get quiet(): number {
    return this.#depth < DEPTHS.speech ? this.#quiet : 0;
  }

  /** Words have come, and the sentence is not over. */
  get inSpeech(): boolean {
    return this.#depth === DEPTHS.speech;
  }

  /** For how many readings in a row nothing was loud, whatever the phase. */
  get silence(): number {
    return this.#quiet;
  }

  /** Enters the phase and those around it; at most once for each. */
  enter(phase: Phase): void {
    if (DEPTHS[phase] >= DEPTHS.sound) this.#heardSound = true;
    while (this.#depth < DEPTHS[phase]) {
      const type = STARTS[this.#depth++];
      if (type) this.#fire(type);
    }
  }

  /** Leaves what is inside the phase. */
  backTo(phase: Phase): void {
    while (this.#depth > DEPTHS[phase]) {
      const type = ENDS[--this.#depth];
      if (type) this.#fire(type);
    }
  }

  /** Takes a reading, 0 … 1. Speech outlasts its sound: the words come half a second after it. */
  level(rms: number): void {
    if (this.#depth < DEPTHS.audio) return;
    if (rms >= SOUND_RMS) {
      this.#quiet = 0;
      this.enter('sound');
      return;
    }
    this.#quiet += 1;
    if (this.#quiet >= QUIET_READINGS && this.#depth === DEPTHS.sound) this.backTo('audio');
  }
}
