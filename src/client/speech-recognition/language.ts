/** Checks language tags, and whether the model supports them. */

/** Primary subtags. The model detects which one is spoken, whatever the tag. */
const SUPPORTED = new Set(['en', 'fr']);

/** Whether `tag` is a valid language tag for `Intl`. */
export function isLanguageTag(tag: string): boolean {
  try {
    localeOf(tag);
    return true;
  } catch {
    return false; // for a string it throws only a RangeError
  }
}

/** Whether the model transcribes this language; the region does not matter. */
export function isSupported(tag: string): boolean {
  return isLanguageTag(tag) && SUPPORTED.has(localeOf(tag).language);
}

/** Accepts locales as servers write them: `fr_FR`, `fr_FR.UTF-8`. */
function localeOf(tag: string): Intl.Locale {
  return new Intl.Locale(
    tag
      .trim()
      .replace(/[.@].*$/, '')
      .replaceAll('_', '-'),
  );
}
