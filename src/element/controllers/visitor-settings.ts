/** The visitor's choices of how captions look: stored by the browser, shared by all elements of the origin. */
import type { ReactiveController, ReactiveControllerHost } from 'lit';

/** Undefined means that the page decides. */
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

/** The key in `localStorage`; the value is JSON. */
export const SETTINGS_KEY = 'kyutai-stt-settings';

/** Parses stored settings, and drops unknown names and values: another version of the page may have written them. */
export function parseSettings(text: string | null): Settings {
  let found: unknown;
  try {
    found = JSON.parse(text ?? '{}');
  } catch {
    return {}; // damaged: use the defaults
  }
  if (typeof found !== 'object' || found === null) return {};
  const values = found as Readonly<Record<string, unknown>>;
  const known = SETTING_NAMES.filter((name) => (CHOICES[name] as readonly unknown[]).includes(values[name]));
  return Object.fromEntries(known.map((name) => [name, values[name]]));
}

/** One store for all elements of a page, kept in sync with other tabs. Fires `change`. */
class SettingsStore extends EventTarget {
  #settings: Settings | undefined;
  #isStored = true;

  get current(): Settings {
    this.#settings ??= this.#read();
    return this.#settings;
  }

  /** Whether the next visit will have them; false once the browser has refused to store. */
  get kept(): boolean {
    return this.#isStored;
  }

  set(name: SettingName, value: string): void {
    const others = Object.entries(this.current).filter(([key]) => key !== name);
    this.#write(parseSettings(JSON.stringify(Object.fromEntries([...others, [name, value]]))));
  }

  reset(): void {
    this.#write({});
  }

  #read(): Settings {
    addEventListener('storage', ({ key, newValue }) => {
      if (key === SETTINGS_KEY || key === null) this.#update(parseSettings(newValue));
    });
    try {
      return parseSettings(localStorage.getItem(SETTINGS_KEY));
    } catch {
      this.#isStored = false; // the settings menu says so
      return {};
    }
  }

  #write(settings: Settings): void {
    try {
      if (Object.keys(settings).length === 0) localStorage.removeItem(SETTINGS_KEY);
      else localStorage.setItem(SETTINGS_KEY, JSON.stringify(settings));
      this.#isStored = true;
    } catch {
      this.#isStored = false; // refused, or full: they are used for this visit, and the settings menu says so
    }
    this.#update(settings);
  }

  #update(settings: Settings): void {
    this.#settings = settings;
    this.dispatchEvent(new Event('change'));
  }
}

export const visitorSettings = new SettingsStore();

/** Updates its host when a setting changes. */
export class VisitorSettingsController implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #changed = (): void => this.#host.requestUpdate();

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
    host.addController(this);
  }

  get current(): Settings {
    return visitorSettings.current;
  }

  hostConnected(): void {
    visitorSettings.addEventListener('change', this.#changed);
  }

  hostDisconnected(): void {
    visitorSettings.removeEventListener('change', this.#changed);
  }
}
