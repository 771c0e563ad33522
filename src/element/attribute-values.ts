/** The allowed values of the element's attributes. A value that is not allowed is reported once and replaced by the default. */
import type { Backend, WhenFull } from '../protocol/model.js';
import type { WorkerKind } from '../client/connect.js';
import { HORIZONS } from '../text/turns.js';
import type { StartWhen } from './controllers/listening-run.js';
import type { HotkeyMode } from './hands-free/port.js';
import { languageFor, languages, primaryLanguage } from './strings/language.js';
import type { Mode } from './views/captions.js';
import { CONFIDENCE_THRESHOLD } from './words/word-span.js';

interface Rule<T> {
  readonly attribute: string;
  /** The property's initial value. */
  readonly standard: T;
  /** For the warning. */
  readonly expected: string;
  /** The value as the property holds it; undefined if it is not allowed. */
  readonly read: (value: unknown) => T | undefined;
}

function oneOf<T extends string>(attribute: string, standard: NoInfer<T>, values: readonly T[]): Rule<T> {
  return {
    attribute,
    standard,
    expected: values.map((value) => `"${value}"`).join(', '),
    read: (value) => values.find((allowed) => allowed === value),
  };
}

/** Numbers may be strings: frameworks set properties to what a template says. */
function number(
  attribute: string,
  standard: number,
  expected: string,
  allows: (value: number) => boolean,
): Rule<number> {
  return {
    attribute,
    standard,
    expected,
    read: (value) => {
      const isText = typeof value === 'string' && value.trim() !== '';
      const found = isText || typeof value === 'number' ? Number(value) : NaN;
      return allows(found) ? found : undefined;
    },
  };
}

/** Rules by property. Attributes without one take any text. */
export const VALUES = {
  backend: oneOf<Backend | 'auto'>('backend', 'auto', ['auto', 'wasm', 'webgpu']),
  workerKind: oneOf<WorkerKind | 'auto'>('worker-kind', 'auto', ['auto', 'shared', 'dedicated']),
  whenFull: oneOf<WhenFull>('when-full', 'error', ['error', 'memory']),
  startWhen: oneOf<StartWhen>('start-when', 'downloaded', ['downloaded', 'now']),
  turnHorizon: number('turn-horizon', 2, HORIZONS.join(', '), (value) => HORIZONS.some((each) => each === value)),
  turnThreshold: number('turn-threshold', 0.5, 'a number above 0 and below 1', (value) => value > 0 && value < 1),
  mode: oneOf<Mode>('mode', 'captions', ['captions', 'transcript', 'button']),
  confidenceThreshold: number(
    'confidence-threshold',
    CONFIDENCE_THRESHOLD,
    'a number from 0 to 1',
    (value) => value >= 0 && value <= 1,
  ),
  trackMode: oneOf<TextTrackMode>('track-mode', 'hidden', ['disabled', 'hidden', 'showing']),
  hotkeyMode: oneOf<HotkeyMode>('hotkey-mode', 'toggle', ['toggle', 'hold']),
  announce: oneOf<'polite' | 'off'>('announce', 'polite', ['polite', 'off']),
} as const satisfies Readonly<Record<string, Rule<string> | Rule<number>>>;

const RULES: ReadonlyMap<PropertyKey, Rule<unknown>> = new Map(Object.entries<Rule<unknown>>(VALUES));

/** What was reported, so that a value that is set with every update of a framework is reported once. */
const reported = new WeakMap<Element, Set<string>>();

/** `value` if the property `name` of `element` allows it, otherwise the default, with a warning unless it was removed. */
export function allowedValue(element: Element, name: PropertyKey, value: unknown): unknown {
  const rule = RULES.get(name);
  if (!rule) return value;
  const read = rule.read(value);
  if (read !== undefined) return read;
  if (value !== null && value !== undefined) {
    const { attribute, expected, standard } = rule;
    const text = Number.isNaN(value) ? element.getAttribute(attribute) : value;
    const found = typeof text === 'string' || typeof text === 'number' ? text : typeof text;
    warnOnce(
      element,
      `${attribute}="${found}" is not allowed: expected ${expected}. The default ${String(standard)} is used.`,
    );
  }
  return rule.standard;
}

/** A boolean attribute is on whatever its value is. Some templates write `="false"` and mean off. */
export function checkBoolean(element: Element, attribute: string, value: string | null): void {
  if (value?.toLowerCase() !== 'false') return;
  warnOnce(element, `${attribute}="false" turns ${attribute} on: a boolean attribute is off only if it is absent.`);
}

/**
 * Reports a `lang` of the element itself without texts. The page's language is another matter: most elements have none.
 * @param used language of the texts; undefined if the page supplies them
 */
export function checkLanguage(element: HTMLElement, used: string | undefined): void {
  const { lang } = element;
  if (lang === '' || used === undefined || languageFor([lang]) === primaryLanguage(lang)) return;
  warnOnce(element, `lang="${lang}" has no texts: expected ${languages().join(', ')}. The language ${used} is used.`);
}

/** Reports a text once for each element. */
export function warnOnce(element: Element, text: string): void {
  const texts = reported.get(element) ?? new Set();
  reported.set(element, texts);
  if (texts.has(text)) return;
  texts.add(text);
  console.warn(`<kyutai-stt> ${text}`, element);
}
