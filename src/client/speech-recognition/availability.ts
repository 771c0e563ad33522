/** Whether the model is there already, and how to bring it: the answers of `available` and `install`. */
import { EMBEDDED_MODEL } from '../model-registry.js';
import { available, install } from '../models.js';
import { isHeard, isLanguageTag } from './language.js';
import type { EngineOptions } from './shared-client.js';

/** The specification's four answers. */
export type SpeechRecognitionAvailability = 'available' | 'downloadable' | 'downloading' | 'unavailable';

/** What a page asks for, as the specification has it. */
export interface SpeechRecognitionOptions {
  /** BCP 47. */
  readonly langs: readonly string[];
  /** Taken, and true whatever it says: nothing leaves the machine. */
  readonly processLocally?: boolean;
  /** How good it has to be, at least. Default `command`. */
  readonly quality?: 'command' | 'dictation' | 'conversation';
}

/** Where models are kept. The default is the browser's store; a page with one of its own brings it. */
export interface RecognitionStore {
  /** `unavailable` where it can neither be had nor run. */
  availability(engine: EngineOptions): Promise<SpeechRecognitionAvailability>;
  /** Resolves once the model is there; rejects with an SttError. */
  install(engine: EngineOptions): Promise<void>;
}

/** The embedded model comes with the package, so there is nothing to wait for. */
export const BROWSER_STORE: RecognitionStore = {
  availability: async (engine) =>
    engine.model === EMBEDDED_MODEL ? 'available' : (await available({ ...engine, probe: false })).status,
  install: async (engine) => {
    if (engine.model !== EMBEDDED_MODEL) await install(engine);
  },
};

/** Rejects with a SyntaxError DOMException where a tag is none. */
export async function availableOf(
  { langs, quality = 'command' }: SpeechRecognitionOptions,
  engine: EngineOptions,
  store: RecognitionStore,
): Promise<SpeechRecognitionAvailability> {
  if (!canServe(langs, quality, engine)) return 'unavailable';
  return store.availability(engine);
}

/** False where a language is not heard, or the model could not be brought. Rejects as `availableOf` does. */
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
    // The specification's answer has no room for the reason.
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
  return langs.length > 0 && langs.every(isHeard);
}
