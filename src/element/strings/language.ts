/** Picks the language of an element's texts and merges the page's own texts over them. */
import { ENGLISH } from './en.js';
import { FRENCH } from './fr.js';
import type { StringOverrides, Strings, TextDirection } from './strings.js';

const LANGUAGES: Readonly<Record<string, Strings>> = { en: ENGLISH, fr: FRENCH };

/** An element's texts and their languages. */
export interface Texts {
  readonly strings: Strings;
  /** For number formats: `en` or `fr`. */
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
  return { strings: stringsFor(preferred, overrides), language, lang, dir: lang === undefined ? 'auto' : 'ltr' };
}

/** The texts in the first supported language of `preferences` (BCP 47 tags), else in English, with `overrides` on top. */
export function stringsFor(preferences: readonly string[], overrides: StringOverrides = {}): Strings {
  const base = LANGUAGES[languageFor(preferences)] ?? ENGLISH;
  return { ...base, ...overrides, remedies: { ...base.remedies, ...overrides.remedies } };
}

/** The language that `stringsFor` picks, as a primary subtag in lower case. */
export function languageFor(preferences: readonly string[]): string {
  const primary = preferences.map(primaryLanguage);
  return primary.find((tag) => Object.hasOwn(LANGUAGES, tag)) ?? 'en';
}

/** `fr` of `fr-CA`. */
export function primaryLanguage(tag: string): string {
  return tag.toLowerCase().split('-')[0] ?? '';
}

/** The languages with texts. */
export function languages(): string[] {
  return Object.keys(LANGUAGES);
}

/**
 * The element's own `lang`, else the closest `lang` around it (through shadow roots), then the browser's languages.
 * The page's language precedes the browser's, because the text around the element is in it.
 */
export function preferredLanguages(element: Element): readonly string[] {
  for (let node: Node | null = element; node; node = isShadowRoot(node) ? node.host : node.parentNode) {
    const lang = node.nodeType === Node.ELEMENT_NODE ? (node as Element).getAttribute('lang') : null;
    if (lang) return [lang, ...navigator.languages];
  }
  return navigator.languages;
}

/** Not `instanceof`: the element may be in another window. */
const isShadowRoot = (node: Node): node is ShadowRoot =>
  node.nodeType === Node.DOCUMENT_FRAGMENT_NODE && 'host' in node;
