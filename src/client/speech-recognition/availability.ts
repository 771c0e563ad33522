/** `available` and `install` of the Web Speech API: whether the model is stored, and its download. */
import { EMBEDDED_MODEL } from '../model-registry.js';
import { available, install } from '../models.js';
import { isLanguageTag, isSupported } from './language.js';
import type { EngineOptions } from './shared-client.js';

/** The four values of the specification. */
export type SpeechRecognitionAvailability = 'available' | 'downloadable' | 'downloading' | 'unavailable';

/** The specification's options. */
export interface SpeechRecognitionOptions {
  /** BCP 47. */
  readonly langs: readonly string[];
  /** Accepted and always true: no audio leaves the machine. */
  readonly processLocally?: boolean;
  /** The least quality required; default `command`. */
  readonly quality?: 'command' | 'dictation' | 'conversation';
}

/** Where models are stored; default the browser's storage. */
export interface RecognitionStore {
  /** `unavailable` if it cannot be downloaded or cannot run. */
  availability(engine: EngineOptions): Promise<SpeechRecognitionAvailability>;
  /** Resolves once the model is stored; rejects with an SttError. */
  install(engine: EngineOptions): Promise<void>;
}

/** The embedded model ships with the package and needs no download. */
export const BROWSER_STORE: RecognitionStore = {
  availability: async (engine) =>
    engine.model === EMBEDDED_MODEL ? 'available' : (await available({ ...engine, probe: false })).status,
  install: async (engine) => {
    if (engine.model !== EMBEDDED_MODEL) await install(engine);
  },
};

/** Rejects with a SyntaxError DOMException for an invalid language tag. */
export async function availableOf(
  { langs, quality = 'command' }: SpeechRecognitionOptions,
  engine: EngineOptions,
  store: RecognitionStore,
): Promise<SpeechRecognitionAvailability> {
  if (!canServe(langs, quality, engine)) return 'unavailable';
  return store.availability(engine);
}

/** False if a language is not supported or the download failed. Rejects as `availableOf` does. */
export async function installOf(
  { langs, quality = 'command' }: SpeechRecognitionOptions,
  engine: EngineOptions,
  store: RecognitionStore,
): Promise<boolean> {
  if (!canServe(langs, quality, engine)) return false;
  try {
    await store.install(engine);
    return true;
  } catch (cause) {
    // The specification returns only a boolean, so the reason goes to the console.
    console.warn('<kyutai-stt> could not install the model.', cause);
    return false;
  }
}

/** The embedded model knows a few dozen words, which is what the specification calls commands. */
function canServe(
  langs: readonly string[],
  quality: NonNullable<SpeechRecognitionOptions['quality']>,
  { model }: EngineOptions,
): boolean {
  const wrong = langs.find((lang) => !isLanguageTag(lang));
  if (wrong !== undefined) throw new DOMException(`${JSON.stringify(wrong)} is not a language tag.`, 'SyntaxError');
  if (model === EMBEDDED_MODEL && quality !== 'command') return false;
  return langs.length > 0 && langs.every(isSupported);
}
