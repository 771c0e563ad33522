/** Checks language tags, and whether the model supports them. */

/** Primary subtags. The model detects which one is spoken, whatever the tag. */
const SUPPORTED = new Set(['en', 'fr']);

/** Whether `tag` is a valid language tag for `Intl`. */
export function isLanguageTag(tag: string): boolean {
  try {
    new Intl.Locale(tag);
    return true;
  } catch {
    return false; // for a string it throws only a RangeError
  }
}

/** Whether the model transcribes this language; the region does not matter. */
export function isSupported(tag: string): boolean {
  return isLanguageTag(tag) && SUPPORTED.has(new Intl.Locale(tag).language);
}
