/** Merges the transcripts of several lanes into one: ordered by time, with speakers, and without echoes of other lanes. */
import { EMPTY_TRANSCRIPT, type Interim, type Transcript, type Utterance, type Word } from '../../client/transcript.js';

export interface LaneTraits {
  /** Names the lane in the transcript. */
  readonly speaker: string;
  /** A microphone hears the loudspeaker that plays the other lanes. */
  readonly isMicrophone?: boolean;
}

export interface MergedChange {
  readonly transcript: Transcript;
  /** The unfinished words of all lanes; the transcript has the latest of them. */
  readonly interims: readonly Interim[];
  /**
   * The utterances that a word has joined or left, and those that became final. One without words is not in the transcript
   * any more: another lane had said them.
   */
  readonly changed: readonly Utterance[];
}

/** A word is an echo if another lane said it at most this long before. Covers a loudspeaker, and a call's way there and back. */
const ECHO_SECONDS = 1;
/** The model may place an echo this much before its original; then it must be known which lane hears the other. */
const JITTER_SECONDS = 0.25;
/** Words of a lane that another lane's are compared with: recordings may be transcribed a few seconds apart. */
const MOST_COMPARED = 256;

/** A word of a lane. */
interface Said {
  /** What makes it equal to another word; empty if nothing does. */
  readonly key: string;
  /** Seconds on the common clock. */
  readonly start: number;
  readonly lane: number;
  readonly of: Part;
  isEcho: boolean;
  /** The lanes in which it was found again. */
  readonly heardBy: Set<number>;
}

/** An utterance of a lane, and what is left of it. */
interface Part {
  source: Utterance;
  readonly said: Said[];
  /** Its id in the merged transcript; 0 before its first word. */
  id: number;
  merged: Utterance | undefined;
  isOutdated: boolean;
}

interface Lane extends LaneTraits {
  readonly index: number;
  /** Seconds to add to the lane's times. */
  offset: number;
  parts: Part[];
  recent: Said[];
  interim: Interim | undefined;
  /** How often this lane has repeated a word of another, by the other's index. */
  readonly repeated: Map<number, number>;
}

/** A final utterance never changes, except the ends of its words. So an echo that arrives before its original may stay. */
export class MergedLanes {
  readonly #lanes: readonly Lane[];
  readonly #dropsEchoes: boolean;
  #ids = 0;

  constructor(lanes: readonly LaneTraits[], { dropsEchoes = true }: { readonly dropsEchoes?: boolean } = {}) {
    this.#lanes = lanes.map((traits, index) => ({
      ...traits,
      ...{ index, offset: 0, parts: [], recent: [], interim: undefined, repeated: new Map<number, number>() },
    }));
    this.#dropsEchoes = dropsEchoes;
  }

  /**
   * @param index of the lane whose transcript changed
   * @param offset seconds by which the lane began after the first one
   */
  update(index: number, { utterances, interim }: Transcript, offset = 0): MergedChange {
    const lane = this.#lanes[index];
    if (!lane) throw new RangeError(`lane ${index} of ${this.#lanes.length}`);
    lane.offset = offset;
    lane.interim = interim && { ...interim, ...this.#spoken(lane), start: later(interim.start, offset) };
    const known = new Map(lane.parts.map((part) => [part.source.id, part]));
    lane.parts = utterances.map((source) => {
      const part = known.get(source.id) ?? { source, said: [], id: 0, merged: undefined, isOutdated: true };
      if (part.source !== source) part.isOutdated = true;
      part.source = source;
      for (const word of source.words.slice(part.said.length)) this.#hear(lane, part, word);
      return part;
    });
    const changed = this.#lanes.flatMap((each) => each.parts.flatMap((part) => this.#build(each, part) ?? []));
    const merged = this.#lanes.flatMap(({ parts }) => parts.flatMap((part) => part.merged ?? []));
    const interims = this.#lanes.flatMap((each) => this.#interim(each) ?? []).sort(byTime);
    return {
      transcript: { ...EMPTY_TRANSCRIPT, utterances: merged.sort(byTime), interim: interims.at(-1) },
      interims,
      changed: changed.sort(byTime),
    };
  }

  /** Decides whether a new word is an echo, or an earlier one is an echo of it. */
  #hear(lane: Lane, of: Part, { text, start }: Word): void {
    const said: Said = {
      ...{ key: keyOf(text), start: later(start, lane.offset), lane: lane.index, of },
      ...{ isEcho: false, heardBy: new Set<number>() },
    };
    of.said.push(said);
    if (!this.#dropsEchoes || said.key === '') return;
    const equal = this.#equalTo(said);
    const original = equal.find((word) => this.#repeats(said, word));
    if (original) this.#drop(said, original);
    else {
      const echo = equal.find((word) => !word.of.source.isFinal && this.#repeats(word, said));
      if (echo) this.#drop(echo, said);
    }
    lane.recent.push(said);
    if (lane.recent.length > MOST_COMPARED) lane.recent.shift();
  }

  /** Equal words of the other lanes within reach, latest first. */
  #equalTo({ key, start, lane }: Said): Said[] {
    const found: Said[] = [];
    for (const { index, recent } of this.#lanes) {
      if (index === lane) continue;
      for (let at = recent.length - 1; at >= 0; at--) {
        const word = recent[at];
        if (!word || word.start < start - ECHO_SECONDS - JITTER_SECONDS) break;
        if (!word.isEcho && word.key === key) found.push(word);
      }
    }
    return found;
  }

  #repeats(word: Said, original: Said): boolean {
    if (original.heardBy.has(word.lane)) return false; // an echo of it was found already
    const [own, other] = [this.#lanes[word.lane], this.#lanes[original.lane]];
    const hears = own && other ? hearing(own, other) : 0;
    const lag = word.start - original.start;
    const least = -hears * JITTER_SECONDS;
    return lag <= ECHO_SECONDS && (lag > least || (lag === least && word.lane > original.lane));
  }

  #drop(echo: Said, original: Said): void {
    echo.isEcho = true;
    echo.of.isOutdated = true;
    original.heardBy.add(echo.lane);
    const repeated = this.#lanes[echo.lane]?.repeated;
    repeated?.set(original.lane, (repeated.get(original.lane) ?? 0) + 1);
  }

  /** Updates the merged utterance of a part. Returns it if listeners must know. */
  #build(lane: Lane, part: Part): Utterance | undefined {
    if (!part.isOutdated) return undefined;
    part.isOutdated = false;
    const { source, merged: before } = part;
    const words: readonly Word[] = source.words
      .filter((_, index) => part.said[index]?.isEcho === false)
      .map((word) => moved(word, lane.offset));
    const [first] = words;
    if (!first) {
      part.merged = undefined;
      return before && { ...before, words: [], text: '', isFinal: source.isFinal };
    }
    part.id ||= ++this.#ids;
    part.merged = {
      ...{ id: part.id, text: words.map(({ text }) => text).join(' '), words, isFinal: source.isFinal },
      ...{ start: first.start, end: words.at(-1)?.end ?? first.end, ...this.#spoken(lane) },
    };
    const isSame = before?.words.length === words.length && before.isFinal === source.isFinal;
    return isSame ? undefined : part.merged;
  }

  #spoken({ speaker, index }: Lane): { readonly speaker: string; readonly lane: number } {
    return { speaker, lane: index };
  }

  /** A lane's unfinished word, unless it may become an echo. */
  #interim({ interim, index }: Lane): Interim | undefined {
    const key = interim && keyOf(interim.text);
    if (!key || !this.#dropsEchoes) return interim;
    const own = this.#lanes[index];
    const isEcho = this.#lanes.some((other) => {
      if (!own || other === own) return false;
      const least = -hearing(own, other) * JITTER_SECONDS;
      const repeats = (text: string, start: number): boolean => {
        const lag = interim.start - start;
        return text.startsWith(key) && lag <= ECHO_SECONDS && (lag > least || (lag === least && index > other.index));
      };
      if (other.interim && repeats(keyOf(other.interim.text), other.interim.start)) return true;
      return other.recent.some((word) => !word.isEcho && !word.heardBy.has(index) && repeats(word.key, word.start));
    });
    return isEcho ? undefined : interim;
  }
}

/** 1 if `lane` hears `other`, −1 if it is heard by it, 0 if neither is known. */
function hearing(lane: Lane, other: Lane): number {
  const microphones = Number(lane.isMicrophone ?? false) - Number(other.isMicrophone ?? false);
  return microphones || Math.sign((lane.repeated.get(other.index) ?? 0) - (other.repeated.get(lane.index) ?? 0));
}

/** Letters and digits, whatever their case: the model may hear a question in one lane and none in the other. */
function keyOf(text: string): string {
  return text
    .normalize('NFC')
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, '');
}

/** To the millisecond, as far as anyone speaks. */
function later(seconds: number, offset: number): number {
  return offset === 0 ? seconds : Math.round((seconds + offset) * 1000) / 1000;
}

function moved(word: Word, offset: number): Word {
  return offset === 0 ? word : { ...word, start: later(word.start, offset), end: later(word.end, offset) };
}

const byTime = (a: Interim, b: Interim): number => a.start - b.start || (a.lane ?? 0) - (b.lane ?? 0);
