/** A keyboard shortcut as an attribute names it: parsing, matching and how it is written for people and for ARIA. */
import { matchKeybindingPress, type KeybindingPress } from 'tinykeys';

type Modifier = 'Control' | 'Alt' | 'Shift' | 'Meta';

export interface Hotkey {
  readonly modifiers: readonly Modifier[];
  /** As in `KeyboardEvent.key`, letters in upper case; `Space` for the space bar. */
  readonly key: string;
}

/** Names of keys for people; the others are as in the attribute. */
export interface KeyNames {
  readonly shift: string;
  readonly space: string;
}

/** Safari and Firefox have no `userAgentData`. */
export const isApple = (): boolean => /Mac|iPhone|iPad|iPod/.test((navigator as { platform?: string }).platform ?? '');

const MODIFIERS: Readonly<Record<string, Modifier | 'Mod'>> = {
  ctrl: 'Control',
  control: 'Control',
  alt: 'Alt',
  option: 'Alt',
  shift: 'Shift',
  meta: 'Meta',
  cmd: 'Meta',
  command: 'Meta',
  mod: 'Mod',
};

/** In the order in which Windows, Linux and macOS write them. */
const ORDER: readonly Modifier[] = ['Control', 'Alt', 'Shift', 'Meta'];

const FUNCTION_KEY = /^F([1-9]|1\d|2[0-4])$/;

const KEYS = [
  ...['Space', 'Enter', 'Insert', 'Delete', 'Backspace', 'Home', 'End', 'PageUp', 'PageDown'],
  ...['ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight', 'Pause', 'ScrollLock'],
];

/** Keys that type nothing and do nothing in a field. */
const ALONE: readonly string[] = ['Pause', 'ScrollLock'];

const EXAMPLES = 'such as "Ctrl+Shift+D" or "F9"';

/** The shortcut that `text` names, or what is wrong with it: found, expected and an example. */
export function parseHotkey(text: string, apple = isApple()): Hotkey | string {
  // The key may be the plus sign itself: "Ctrl++".
  const [, before = '', last = ''] = /^(.*?\+)??\s*(\+|[^+]*)$/s.exec(text.trim()) ?? [];
  const parts = before
    .split('+')
    .slice(0, -1)
    .map((part) => part.trim());
  const modifiers = new Set<Modifier>();
  for (const part of parts) {
    const found = MODIFIERS[part.toLowerCase()];
    if (!found) return `names "${part}", expected Ctrl, Alt, Shift, Meta or Mod before the key, ${EXAMPLES}`;
    modifiers.add(found === 'Mod' ? (apple ? 'Meta' : 'Control') : found);
  }
  const key = keyOf(last.trim());
  if (key === undefined) {
    const found = MODIFIERS[last.toLowerCase()] ? 'has no key but modifiers' : `names the key "${last}"`;
    return `${found}, expected a letter, a digit or a key such as Space or F9 after the modifiers, ${EXAMPLES}`;
  }
  const types = ![...modifiers].some((modifier) => modifier !== 'Shift');
  if (types && !FUNCTION_KEY.test(key) && !ALONE.includes(key))
    return `is a key that people type with, expected Ctrl, Alt or Meta with it, or a function key, ${EXAMPLES}`;
  return { modifiers: ORDER.filter((modifier) => modifiers.has(modifier)), key };
}

function keyOf(name: string): string | undefined {
  if (/^.$/u.test(name)) return name.toUpperCase();
  const upper = name.toUpperCase();
  if (FUNCTION_KEY.test(upper)) return upper;
  return KEYS.find((key) => key.toUpperCase() === upper);
}

/**
 * Whether `event` is a press of the shortcut. By the letter that the key types; by its place only where it types none: with
 * Option on a Mac, with a Cyrillic layout, or a digit with Shift.
 */
export function isPressOf({ modifiers, key }: Hotkey, event: KeyboardEvent, apple = isApple()): boolean {
  const press = (name: string): KeybindingPress => [modifiers, [], name];
  if (matchKeybindingPress(event, press(key))) return true;
  if (/^[a-z\d]$/i.test(event.key)) return false;
  // AltGr types a character of its layout; Windows reports it as Ctrl and Alt.
  if (!apple && event.getModifierState('AltGraph')) return false;
  const code = /^[A-Z]$/.test(key) ? `Key${key}` : /^\d$/.test(key) ? `Digit${key}` : undefined;
  return code !== undefined && matchKeybindingPress(event, press(code));
}

/** Whether releasing the key of `event` ends a press of the shortcut. @param code of the key that was pressed */
export function isReleaseOf({ modifiers }: Hotkey, event: KeyboardEvent, code: string): boolean {
  // macOS fires no `keyup` for a key that is released while Command is down: then Command ends the press.
  return event.code === code || modifiers.includes(event.key as Modifier) || event.key === 'AltGraph';
}

/** For `aria-keyshortcuts`. */
export function ariaOf({ modifiers, key }: Hotkey): string {
  return [...modifiers, key === '+' ? 'Plus' : key].join('+');
}

/** As the platform's menus write it: `Ctrl+Shift+D`, on a Mac `⌃⇧D`. */
export function labelOf({ modifiers, key }: Hotkey, names: KeyNames, apple = isApple()): string {
  const name = key === 'Space' ? names.space : key;
  if (apple) {
    const symbols: Readonly<Record<Modifier, string>> = { Control: '⌃', Alt: '⌥', Shift: '⇧', Meta: '⌘' };
    return [...modifiers.map((modifier) => symbols[modifier]), name].join('');
  }
  const written: Readonly<Record<Modifier, string>> = { Control: 'Ctrl', Alt: 'Alt', Shift: names.shift, Meta: 'Meta' };
  return [...modifiers.map((modifier) => written[modifier]), name].join('+');
}
