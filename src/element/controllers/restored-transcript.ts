/** Makes a transcript of text that was set by the page, or restored by the browser. */
import { EMPTY_TRANSCRIPT, type Transcript, type Utterance } from '../../client/transcript.js';

/** One utterance for each line that has words; after empty lines it begins a paragraph. Times are 0, because nothing was spoken. */
export function restoredTranscript(text: string): Transcript {
  const utterances: Utterance[] = [];
  let isParagraph = false;
  for (const line of text.split('\n')) {
    const isEmpty = line.trim() === '';
    if (!isEmpty) utterances.push(utterance(line, utterances.length + 1, isParagraph && utterances.length > 0));
    isParagraph = isEmpty;
  }
  return { ...EMPTY_TRANSCRIPT, utterances };
}

function utterance(text: string, id: number, isParagraph: boolean): Utterance {
  const words = text
    .trim()
    .split(/\s+/)
    .map((word) => ({ text: word, start: 0, end: 0 }));
  return { id, text, words, isFinal: true, start: 0, end: 0, ...(isParagraph && { paragraph: true }) };
}
