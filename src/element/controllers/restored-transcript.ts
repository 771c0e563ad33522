/** Text that was not heard, in the shape of what was: set by a page, or restored by the browser. */
import { EMPTY_TRANSCRIPT, type Transcript, type Utterance } from '../../client/transcript.js';

/** One utterance for each line that has words. Their times are 0: nobody said them. */
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
