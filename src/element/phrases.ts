/** The element's phrases: an attribute or a property, as the engine takes them. */
import type { ComplexAttributeConverter } from 'lit';
import type { Phrase } from '../protocol/messages.js';

/** Reads names and terms separated by commas or line breaks. */
export const listed: ComplexAttributeConverter<readonly (string | Phrase)[]> = {
  fromAttribute: (value) =>
    (value ?? '')
      .split(/[,\n]/)
      .map((phrase) => phrase.trim())
      .filter((phrase) => phrase !== ''),
};

/** The property's strings and objects as objects that can be posted to a worker. */
export function phrasesOf(phrases: readonly (string | Phrase)[]): Phrase[] {
  return phrases.map((item) => {
    if (typeof item === 'string') return { phrase: item };
    const { phrase, boost } = item;
    return { phrase, ...(boost !== undefined && { boost }) };
  });
}
