/** Transcribes a whole recording with an engine, as fast as possible, and collects the events. */
import type { Engine } from '../engine/engine.js';
import type { StreamMetrics, WireWord } from '../protocol/stream-events.js';

/** Frames waiting in the session at a time: enough to keep it busy, however long the recording. */
const MAX_WAITING = 64;

export interface TranscribedTurn {
  /** Seconds. */
  readonly time: number;
  readonly probability: number;
}

export interface Transcription {
  /** All words, separated by spaces. */
  readonly text: string;
  /** Each with its definite end if the model gave one. */
  readonly words: readonly WireWord[];
  /** The same words, split at the ends of turns. */
  readonly utterances: readonly (readonly WireWord[])[];
  readonly turns: readonly TranscribedTurn[];
  readonly metrics: StreamMetrics;
}

/** @param samples [n] f32 at the engine's sample rate; the last frame is padded with zeros. */
export async function transcribeSamples(engine: Engine, samples: Float32Array): Promise<Transcription> {
  const words: WireWord[] = [];
  const turns: TranscribedTurn[] = [];
  /** Index of the first word after each `final`. */
  const utteranceEnds: number[] = [];
  let failed = false as boolean;
  let wake = (): void => undefined;

  const session = engine.open((event) => {
    if (event.type === 'word') words.push(event.word);
    if (event.type === 'turn') turns.push({ time: event.time, probability: event.probability });
    if (event.type === 'final') utteranceEnds.push(words.length);
    if (event.type === 'word-end') {
      const word = words[event.index];
      if (word) words[event.index] = { ...word, end: event.end };
    }
    if (event.type === 'error') failed = true;
    if (event.type === 'consumed' || event.type === 'error') wake();
  });

  for (let from = 0; from < samples.length && !failed; from += engine.frameSize) {
    const frame = new Float32Array(engine.frameSize);
    frame.set(samples.subarray(from, from + engine.frameSize));
    session.push(frame);
    if (session.waiting >= MAX_WAITING) await new Promise<void>((resolve) => (wake = resolve));
  }
  const metrics = await session.finish();
  return {
    text: words.map(({ text }) => text).join(' '),
    words,
    utterances: splitAt(words, utteranceEnds),
    turns,
    metrics,
  };
}

function splitAt(words: readonly WireWord[], at: readonly number[]): WireWord[][] {
  const ends = [...at, words.length];
  return ends.map((end, i) => words.slice(ends[i - 1] ?? 0, end)).filter(({ length }) => length > 0);
}
