/** A media element's captions as its own text track: cues that grow with the words and then keep their true times. */
import { escapeVTT, toCues, type CueWord } from '../../text/cues.js';

/** One cue as the `cue` event tells of it. Seconds of the media. */
export interface CueDetail {
  /** Counts up from 1 within the track. */
  readonly id: number;
  readonly startTime: number;
  readonly endTime: number;
  /** One or two lines. */
  readonly text: string;
  readonly words: readonly CueWord[];
  /** True once no further word can join. */
  readonly isFinal: boolean;
}

interface Entry {
  readonly id: number;
  readonly cue: VTTCue;
  words: readonly CueWord[];
  lines: readonly string[];
  start: number;
  end: number;
  /** The line above, while the cue is live: a full line moves up, it does not vanish. */
  readonly above: readonly string[];
}

/** A word is out half a second after it was said, so a cue stays until the next, at most so long; seconds. */
const HOLD = 4;

export class CaptionTrack {
  readonly track: TextTrack;
  readonly #media: HTMLMediaElement;
  readonly #tell: (cue: CueDetail) => void;
  #entries: Entry[] = [];
  /** The cue that words still join. */
  #open: Entry | undefined;
  /** The cue that stays on the screen beyond its time. */
  #held: Entry | undefined;
  #count = 0;

  /** The track's `mode` is set here once, and is then the page's and the visitor's. */
  constructor(media: HTMLMediaElement, label: string, mode: TextTrackMode, tell: (cue: CueDetail) => void) {
    this.#media = media;
    this.#tell = tell;
    this.track = media.addTextTrack('captions', label, media.closest<HTMLElement>('[lang]')?.lang ?? '');
    this.track.mode = mode;
  }

  /** The words of every cue, one list each, by time. */
  get spoken(): (readonly CueWord[])[] {
    return [...this.#entries].sort((a, b) => a.start - b.start).map(({ words }) => words);
  }

  /**
   * The words since the last complete cue; times are the media's.
   * @param closed no further word joins them
   * @param live the media is still where they were said
   * @returns how many of them belong to cues that are complete now
   */
  show(words: readonly CueWord[], closed: boolean, live: boolean): number {
    const groups = toCues([words]);
    let done = 0;
    groups.forEach((group, index) => {
      const isFinal = closed || index < groups.length - 1;
      const entry = (this.#open ??= this.#begin(group.start / 1000, live));
      entry.words = group.words;
      entry.lines = group.lines;
      entry.start = group.start / 1000;
      entry.end = group.end / 1000;
      this.#draw(entry);
      this.#report(entry, isFinal);
      if (!isFinal) return;
      this.#open = undefined;
      done += group.words.length;
    });
    return done;
  }

  /** No further word joins the open cue. */
  close(): void {
    if (this.#open) this.#report(this.#open, true);
    this.#open = undefined;
  }

  /** To be called as time goes by: a cue that was held long enough gets its own end. */
  keepTime(): void {
    const { currentTime } = this.#media;
    if (this.#held && (currentTime > this.#held.cue.endTime || currentTime < this.#held.start - HOLD)) this.settle();
  }

  /** Nobody waits for the cue on the screen any more: it gets its true times. Words may still join it. */
  settle(): void {
    const entry = this.#held;
    this.#held = undefined;
    if (entry) this.#draw(entry);
  }

  clear(): void {
    for (const { cue } of this.#entries) this.track.removeCue(cue);
    this.#entries = [];
    this.#open = this.#held = undefined;
  }

  #begin(start: number, live: boolean): Entry {
    const before = this.#held;
    const recent = before !== undefined && start >= before.start && start - before.end < HOLD;
    const above = live && recent ? before.lines.slice(-1) : [];
    const cue = new VTTCue(start, start + HOLD, '');
    cue.id = String(++this.#count);
    // From the left: in a centred line every new word would move the others.
    Object.assign(cue, { align: 'start', position: 8, size: 84 });
    const entry: Entry = { id: this.#count, cue, words: [], lines: [], start, end: start, above };
    this.#entries.push(entry);
    if (live) {
      this.settle();
      this.#held = entry;
    }
    this.track.addCue(cue);
    return entry;
  }

  #draw(entry: Entry): void {
    const { cue, start, above, lines } = entry;
    const held = entry === this.#held;
    const text = [...(held ? above : []), ...lines].slice(-2).map(escapeVTT).join('\n');
    if (cue.text !== text) cue.text = text;
    cue.startTime = start;
    cue.endTime = held ? this.#heldUntil(entry) : entry.end;
  }

  /** Seconds from now, or until a cue that is there already. */
  #heldUntil({ start, end }: Entry): number {
    const later = this.#entries.filter((one) => one.start > start).map((one) => one.start);
    return Math.max(end, Math.min(...later, Math.max(end, this.#media.currentTime) + HOLD));
  }

  #report({ id, start, end, lines, words }: Entry, isFinal: boolean): void {
    this.#tell({ id, startTime: start, endTime: end, text: lines.join('\n'), words, isFinal });
  }
}
