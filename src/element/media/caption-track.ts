/** Writes the captions of a media element to a text track. A cue grows with its words; then it gets its exact times. */
import { cueTimes, escapeVTT, splitCues, type CueWord } from '../../text/cues.js';

/** The detail of a `cue` event. Times are seconds of the media. */
export interface CueDetail {
  /** Counts up from 1 within the track. */
  readonly id: number;
  readonly startTime: number;
  readonly endTime: number;
  /** One or two lines. */
  readonly text: string;
  readonly words: readonly CueWord[];
  /** True once no word can be added any more. */
  readonly isFinal: boolean;
}

interface Entry {
  readonly id: number;
  readonly cue: VTTCue;
  words: readonly CueWord[];
  lines: readonly string[];
  /** When the cue is shown once it is complete, seconds. */
  start: number;
  end: number;
  /** Last line of the previous cue, shown above this one while the cue is live: full lines roll up. */
  readonly above: readonly string[];
}

/** Words arrive half a second after they were said, so a cue stays until the next one, at most this long; seconds. */
const HOLD = 4;
/** Times of one word differ less, seconds. */
const SAME_TIME = 0.05;

export class CaptionTrack {
  readonly track: TextTrack;
  readonly #media: HTMLMediaElement;
  /** Called when a cue grew or is complete. */
  oncue: ((cue: CueDetail) => void) | null = null;
  #entries: Entry[] = [];
  /** The cue to which words are still added. */
  #open: Entry | undefined;
  /** The live cue, which stays on screen after its exact end. */
  #held: Entry | undefined;
  #count = 0;

  #mode: TextTrackMode | undefined;

  constructor(media: HTMLMediaElement, label: string) {
    this.#media = media;
    this.track = media.addTextTrack('captions', label, media.closest<HTMLElement>('[lang]')?.lang ?? '');
  }

  /** The mode that the page asks for. The same one again changes nothing: the visitor may have chosen another. */
  set mode(mode: TextTrackMode) {
    if (mode === this.#mode) return;
    this.#mode = this.track.mode = mode;
  }

  /** The words of each cue, sorted by time. */
  get spoken(): (readonly CueWord[])[] {
    return this.#sorted().map(({ words }) => words);
  }

  /**
   * Shows the words since the last complete cue.
   * @param words all words since then; times are the media's
   * @param closed whether no word will be added to them
   * @param live whether the media still plays where they were said
   * @returns how many of the words belong to cues that are now complete
   */
  show(words: readonly CueWord[], closed: boolean, live: boolean): number {
    const groups = splitCues(words);
    let done = 0;
    groups.forEach((group, index) => {
      const isFinal = closed || index < groups.length - 1;
      const entry = (this.#open ??= this.#begin(group.words[0]?.start ?? 0, live));
      entry.words = group.words;
      entry.lines = group.lines;
      this.#place();
      this.#draw(entry);
      this.#report(entry, isFinal);
      if (!isFinal) return;
      this.#open = undefined;
      done += group.words.length;
    });
    return done;
  }

  /** Replaces the words of complete cues, where cues have exactly the words `before`. Times are the media's. */
  revise(before: readonly CueWord[], after: readonly CueWord[]): void {
    const isIn = ({ text, start }: CueWord): boolean =>
      before.some((word) => word.text === text && Math.abs(word.start - start) < SAME_TIME);
    const entries = this.#sorted().filter((entry) => entry !== this.#open && entry.words.every(isIn));
    if (entries.reduce((sum, { words }) => sum + words.length, 0) !== before.length) return;
    for (const { cue } of entries) this.track.removeCue(cue);
    this.#entries = this.#entries.filter((entry) => !entries.includes(entry));
    if (this.#held && entries.includes(this.#held)) this.#held = undefined;
    for (const { words, lines } of splitCues(after)) {
      const entry = Object.assign(this.#begin(words[0]?.start ?? 0, false), { words, lines });
      this.#place();
      this.#draw(entry);
      this.#report(entry, true);
    }
  }

  /** Completes the open cue. */
  close(): void {
    if (this.#open) this.#report(this.#open, true);
    this.#open = undefined;
  }

  /** Settles the live cue once it has been held long enough. To be called regularly. */
  keepTime(): void {
    const { currentTime } = this.#media;
    if (this.#held && (currentTime > this.#held.cue.endTime || currentTime < this.#held.start - HOLD)) this.settle();
  }

  /** Gives the live cue its exact times. Words may still be added to it. */
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
    // Left-aligned, as in a centred line every new word would move the others; a full line is in the middle of the picture.
    Object.assign(cue, { align: 'start', position: 16, size: 68 });
    const entry: Entry = { id: this.#count, cue, words: [], lines: [], start, end: start, above };
    this.#entries.push(entry);
    if (live) {
      this.settle();
      this.#held = entry;
    }
    this.track.addCue(cue);
    return entry;
  }

  #sorted(): Entry[] {
    return [...this.#entries].sort((a, b) => said(a) - said(b));
  }

  /** Gives every cue its times: a new one may be between older ones, or follow one that would overlap it. */
  #place(): void {
    const entries = this.#sorted();
    const times = cueTimes(entries, this.#media.duration);
    entries.forEach((entry, index) => {
      const { start = 0, end = 0 } = times[index] ?? {};
      if (entry.start === start / 1000 && entry.end === end / 1000) return;
      [entry.start, entry.end] = [start / 1000, end / 1000];
      this.#draw(entry);
    });
  }

  #draw(entry: Entry): void {
    const { cue, start, above, lines } = entry;
    const held = entry === this.#held;
    const text = [...(held ? above : []), ...lines].slice(-2).map(escapeVTT).join('\n');
    if (cue.text !== text) cue.text = text;
    cue.startTime = start;
    cue.endTime = held ? this.#heldUntil(entry) : entry.end;
  }

  /** Until the next existing cue or the end of the media, at most `HOLD` seconds from now; never before the exact end. */
  #heldUntil({ start, end }: Entry): number {
    const later = this.#entries.filter((one) => one.start > start).map((one) => one.start);
    const { currentTime, duration } = this.#media;
    return Math.max(end, Math.min(...later, duration || Infinity, Math.max(end, currentTime) + HOLD));
  }

  #report({ id, start, end, lines, words }: Entry, isFinal: boolean): void {
    this.oncue?.({ id, startTime: start, endTime: end, text: lines.join('\n'), words, isFinal });
  }
}

const said = ({ words, start }: Entry): number => words[0]?.start ?? start;
