/** Which languages the model hears, and which tags name them. */

/** Primary subtags: the model tells the two apart by itself, whatever the tag. */
const HEARD = new Set(['en', 'fr']);

/** Whether `tag` is a language tag at all, as the platform reads them. */
export function isLanguageTag(tag: string): boolean {
  try {
    new Intl.Locale(tag);
    return true;
  } catch {
    return false; // a RangeError is the only thing it throws for a string
  }
}

/** Whether the model hears that language, in any of its regions. */
export function isHeard(tag: string): boolean {
  return isLanguageTag(tag) && HEARD.has(new Intl.Locale(tag).language);
}
