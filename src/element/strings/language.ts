/** Picks the language of an element's texts and merges the page's own texts over them. */
import { SttError } from '../../errors.js';
import { isElement, isShadowRoot } from '../nodes.js';
import { ENGLISH } from './en.js';
import { FRENCH } from './fr.js';
import type { StringOverrides, Strings, TextDirection } from './strings.js';

interface Language {
  readonly strings: Strings;
  readonly dir: 'ltr' | 'rtl';
}

const registered = new Map<string, Language>([
  ['en', { strings: ENGLISH, dir: 'ltr' }],
  ['fr', { strings: FRENCH, dir: 'ltr' }],
]);

/** Fires `change` after a registration, for elements that are shown already. */
export const registrations = new EventTarget();

/**
 * Adds a language to all elements, or replaces one. Texts that are missing are in English.
 * @param language as in `lang`, for example `de`; a region is ignored
 * @param options `dir`: the direction of the texts; default `ltr`
 * @throws SttError `invalid-argument` for a malformed language or direction
 */
export function registerStrings(
  language: string,
  strings: StringOverrides,
  { dir = 'ltr' }: { readonly dir?: 'ltr' | 'rtl' } = {},
): void {
  const primary = primaryLanguage(language);
  if (!/^[a-z]{2,8}$/.test(primary))
    throw new SttError('invalid-argument', `the language of strings is "${language}", expected a tag such as "de"`);
  if ((dir as string) !== 'ltr' && (dir as string) !== 'rtl')
    throw new SttError('invalid-argument', `the direction of strings is "${dir as string}", expected "ltr" or "rtl"`);
  registered.set(primary, { strings: merged(ENGLISH, strings), dir });
  registrations.dispatchEvent(new Event('change'));
}

/** An element's texts and their languages. */
export interface Texts {
  readonly strings: Strings;
  /** For number formats, for example `en`. */
  readonly language: string;
  /** For `lang` attributes; undefined where the page supplies texts, whose language is the page's own. */
  readonly lang: string | undefined;
  /** For `dir` attributes: the texts keep their direction on a page of the other. */
  readonly dir: TextDirection;
}

export function textsFor(element: Element, overrides: StringOverrides): Texts {
  const preferred = preferredLanguages(element);
  const language = languageFor(preferred);
  const lang = Object.keys(overrides).length === 0 ? language : undefined;
  return {
    strings: stringsFor(preferred, overrides),
    language,
    lang,
    dir: lang === undefined ? 'auto' : (registered.get(lang)?.dir ?? 'ltr'),
  };
}

/** The texts in the first supported language of `preferences` (BCP 47 tags), else in English, with `overrides` on top. */
export function stringsFor(preferences: readonly string[], overrides: StringOverrides = {}): Strings {
  return merged(registered.get(languageFor(preferences))?.strings ?? ENGLISH, overrides);
}

function merged(base: Strings, overrides: StringOverrides): Strings {
  return {
    ...{ ...base, ...overrides },
    remedies: { ...base.remedies, ...overrides.remedies },
    faults: { ...base.faults, ...overrides.faults },
  };
}

/** The language that `stringsFor` picks, as a primary subtag in lower case. */
export function languageFor(preferences: readonly string[]): string {
  const primary = preferences.map(primaryLanguage);
  return primary.find((tag) => registered.has(tag)) ?? 'en';
}

/** `fr` of `fr-CA`, and of a locale as servers write it, `fr_FR.UTF-8`. */
export function primaryLanguage(tag: string): string {
  return (
    tag
      .trim()
      .toLowerCase()
      .split(/[-_.@]/)[0] ?? ''
  );
}

/** The languages with texts. */
export function languages(): string[] {
  return [...registered.keys()];
}

/**
 * The element's own `lang`, else the closest `lang` around it (through shadow roots), then the browser's languages.
 * The page's language precedes the browser's, because the text around the element is in it.
 */
export function preferredLanguages(element: Element): readonly string[] {
  for (let node: Node | null = element; node; node = isShadowRoot(node) ? node.host : node.parentNode) {
    const lang = isElement(node) ? node.getAttribute('lang') : null;
    if (lang) return [lang, ...navigator.languages];
  }
  return navigator.languages;
}
