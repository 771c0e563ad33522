/** What a transcript of several lanes has besides: how it is shown. The code that shows it is loaded with the first lanes. */
import type { Interim, Transcript } from '../../client/transcript.js';
import type { clockTime, isoDuration } from '../../text/clock-time.js';
import type { makeInterim, markWord, showWord } from './word-span.js';

/** The functions that every view of words shares. */
export interface WordMarkup {
  readonly clockTime: typeof clockTime;
  readonly isoDuration: typeof isoDuration;
  readonly makeInterim: typeof makeInterim;
  readonly markWord: typeof markWord;
  readonly showWord: typeof showWord;
}

export interface LaneTranscript extends Transcript {
  readonly lanes: LaneViews;
}

export interface LaneViews {
  /** In the order in which the words arrive, for captions. */
  readonly captions: Transcript;
  /** Final utterances, for screen readers. */
  readonly announced: Transcript;
  /** The unfinished words of all lanes. */
  readonly interims: readonly Interim[];
  /** Shows the transcript. */
  readonly Paragraphs: new (box: HTMLElement, timeOf: (seconds: number) => number, markup: WordMarkup) => LaneView;
}

interface LaneView {
  show(transcript: LaneTranscript, threshold: number): void;
}

/** The views of a transcript, where it has lanes. */
export const lanesOf = (transcript: Transcript): LaneViews | undefined => (transcript as Partial<LaneTranscript>).lanes;
