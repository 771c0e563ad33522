/** How a visitor wants captions to look: kept by the browser, the same for every element of the origin, at once. */

/** Each is undefined where it is left to the page. */
export interface Settings {
  readonly size?: (typeof CHOICES.size)[number];
  readonly colours?: (typeof CHOICES.colours)[number];
  readonly background?: (typeof CHOICES.background)[number];
  readonly lines?: (typeof CHOICES.lines)[number];
}

export const CHOICES = {
  size: ['small', 'large', 'larger', 'largest'],
  colours: ['light', 'dark', 'yellow'],
  background: ['none', 'soft', 'solid'],
  lines: ['1', '2', '3', '4', '5'],
} as const;

export type SettingName = keyof typeof CHOICES;

export const SETTING_NAMES = Object.keys(CHOICES) as readonly SettingName[];

/** Where they lie in `localStorage`, as JSON. */
export const SETTINGS_KEY = 'kyutai-stt-settings';

/** What `text` says, without whatever is no choice: another version of the page may have written it. */
export function parseSettings(text: string | null): Settings {
  let found: unknown;
  try {
    found = JSON.parse(text ?? '{}');
  } catch {
    return {}; // damaged: as if nothing had been chosen
  }
  if (typeof found !== 'object' || found === null) return {};
  const values = found as Readonly<Record<string, unknown>>;
  const known = SETTING_NAMES.filter((name) => (CHOICES[name] as readonly unknown[]).includes(values[name]));
  return Object.fromEntries(known.map((name) => [name, values[name]]));
}

/** The settings of this origin: one for all elements of a page, in step with those of other tabs. Tells of every `change`. */
class SettingsStore extends EventTarget {
  #settings: Settings | undefined;
  #kept = true;

  get current(): Settings {
    this.#settings ??= this.#open();
    return this.#settings;
  }

  /** Whether they will be there at the next visit; false once the browser has refused. */
  get kept(): boolean {
    return this.#kept;
  }

  set(name: SettingName, value: string): void {
    const others = Object.entries(this.current).filter(([key]) => key !== name);
    this.#keep(parseSettings(JSON.stringify(Object.fromEntries([...others, [name, value]]))));
  }

  reset(): void {
    this.#keep({});
  }

  #open(): Settings {
    addEventListener('storage', ({ key, newValue }) => {
      if (key === SETTINGS_KEY || key === null) this.#take(parseSettings(newValue));
    });
    try {
      return parseSettings(localStorage.getItem(SETTINGS_KEY));
    } catch {
      this.#kept = false; // the menu says so
      return {};
    }
  }

  #keep(settings: Settings): void {
    try {
      if (Object.keys(settings).length === 0) localStorage.removeItem(SETTINGS_KEY);
      else localStorage.setItem(SETTINGS_KEY, JSON.stringify(settings));
      this.#kept = true;
    } catch {
      this.#kept = false; // storage is refused or full: they hold for this visit, and the menu says so
    }
    this.#take(settings);
  }

  #take(settings: Settings): void {
    this.#settings = settings;
    this.dispatchEvent(new Event('change'));
  }
}

export const visitorSettings = new SettingsStore();
