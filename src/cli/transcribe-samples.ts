/** Transcribes a recording with an engine, as fast as its samples come, and collects the events. */
import { Framer } from '../audio/framer.js';
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
  /** Length of the recording. */
  readonly audioSeconds: number;
}

/**
 * Reads no further than the engine keeps up, so the memory needed does not depend on the recording's length.
 *
 * @param pieces [n] f32 each, at the engine's sample rate; the last frame is padded with zeros
 * @param heard is called with each word as it comes
 */
export async function transcribeSamples(
  engine: Engine,
  pieces: Iterable<Float32Array> | AsyncIterable<Float32Array>,
  heard: (word: WireWord) => void = () => undefined,
): Promise<Transcription> {
  const words: WireWord[] = [];
  const turns: TranscribedTurn[] = [];
  /** Index of the first word after each `final`. */
  const utteranceEnds: number[] = [];
  let failed = false as boolean;
  let wake = (): void => undefined;

  const session = engine.open((event) => {
    if (event.type === 'word') {
      words.push(event.word);
      heard(event.word);
    }
    if (event.type === 'turn') turns.push({ time: event.time, probability: event.probability });
    if (event.type === 'final') utteranceEnds.push(words.length);
    if (event.type === 'word-end') {
      const word = words[event.index];
      if (word) words[event.index] = { ...word, end: event.end };
    }
    if (event.type === 'error') failed = true;
    if (event.type === 'consumed' || event.type === 'error') wake();
  });

  const framer = new Framer((_, frame) => session.push(frame), engine.frameSize);
  let samples = 0;
  try {
    for await (const piece of pieces) {
      samples += piece.length;
      for (let from = 0; from < piece.length && !failed; from += engine.frameSize) {
        framer.push(piece.subarray(from, from + engine.frameSize));
        if (session.waiting >= MAX_WAITING) await new Promise<void>((resolve) => (wake = resolve));
      }
      if (failed) break;
    }
    framer.end();
  } catch (cause) {
    session.abort();
    throw cause;
  }
  const metrics = await session.finish();
  return {
    text: words.map(({ text }) => text).join(' '),
    words,
    utterances: splitAt(words, utteranceEnds),
    turns,
    metrics,
    audioSeconds: samples / engine.sampleRate,
  };
}

function splitAt(words: readonly WireWord[], at: readonly number[]): WireWord[][] {
  const ends = [...at, words.length];
  return ends.map((end, i) => words.slice(ends[i - 1] ?? 0, end)).filter(({ length }) => length > 0);
}
