/** The languages that the model transcribes, by language tag. */

/** Primary subtags. The model detects which of them is spoken, whatever the tag. */
const SUPPORTED = new Set(['en', 'fr']);

/** Whether `tag` is a language tag at all, as the platform reads them. */
export function isLanguageTag(tag: string): boolean {
  try {
    new Intl.Locale(tag);
    return true;
  } catch {
    return false; // a RangeError is the only thing it throws for a string
  }
}

/** Whether the model transcribes that language, in any region. */
export function isHeard(tag: string): boolean {
  return isLanguageTag(tag) && SUPPORTED.has(new Intl.Locale(tag).language);
}
