/** Makes a transcript of text that was set by the page, or restored by the browser. */
import { EMPTY_TRANSCRIPT, type Transcript, type Utterance } from '../../client/transcript.js';

/** One utterance for each line that has words. Times are 0, because nothing was spoken. */
export function restoredTranscript(text: string): Transcript {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return { ...EMPTY_TRANSCRIPT, utterances: lines.map((line, index) => utterance(line, index + 1)) };
}

function utterance(text: string, id: number): Utterance {
  const words = text
    .trim()
    .split(/\s+/)
    .map((word) => ({ text: word, start: 0, end: 0 }));
  return { id, text, words, isFinal: true, start: 0, end: 0 };
}
