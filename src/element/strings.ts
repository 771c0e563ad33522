/** Every word the element shows, in English and French; a page replaces any of them through `strings`. */
import { REMEDIES, type SttErrorCode } from '../errors.js';

/** The visible texts. `{…}` are filled in when shown. */
export interface Strings {
  readonly start: string;
  readonly stop: string;
  readonly cancel: string;
  readonly tryAgain: string;
  readonly invitation: string;
  /** Accessible name of the captions. */
  readonly captions: string;
  /** `{loaded}` and `{total}`: millions of bytes. */
  readonly amount: string;
  readonly statusIdle: string;
  readonly statusDownload: string;
  readonly statusPrepare: string;
  readonly statusSource: string;
  readonly statusReady: string;
  readonly statusListening: string;
  readonly statusPaused: string;
  readonly statusFinishing: string;
  readonly statusFailed: string;
  /** `{seconds}`: how far the words run behind the sound. */
  readonly behind: string;
  /** The microphone is open but sends nothing at all. */
  readonly silent: string;
  readonly unsupported: string;
  readonly remedies: Readonly<Record<SttErrorCode, string>>;
}

const ENGLISH: Strings = {
  start: 'Start listening',
  stop: 'Stop listening',
  cancel: 'Cancel',
  tryAgain: 'Try again',
  invitation: 'Press the button and speak.',
  captions: 'Captions',
  amount: '{loaded} / {total} MB',
  statusIdle: '',
  statusDownload: 'Fetching the speech model…',
  statusPrepare: 'Preparing the speech model…',
  statusSource: 'Waiting for the sound…',
  statusReady: 'Ready',
  statusListening: 'Listening',
  statusPaused: 'Paused',
  statusFinishing: 'Finishing the last words…',
  statusFailed: 'Stopped',
  behind: 'Catching up: {seconds} s behind',
  silent: 'No sound arrives: check that the microphone is not muted.',
  unsupported: 'This browser cannot turn speech into text on this page.',
  remedies: REMEDIES,
};

const FRENCH: Strings = {
  start: 'Écouter',
  stop: 'Arrêter l’écoute',
  cancel: 'Annuler',
  tryAgain: 'Réessayer',
  invitation: 'Appuyez sur le bouton et parlez.',
  captions: 'Sous-titres',
  amount: '{loaded} / {total} Mo',
  statusIdle: '',
  statusDownload: 'Téléchargement du modèle vocal…',
  statusPrepare: 'Préparation du modèle vocal…',
  statusSource: 'En attente du son…',
  statusReady: 'Prêt',
  statusListening: 'À l’écoute',
  statusPaused: 'En pause',
  statusFinishing: 'Derniers mots en cours…',
  statusFailed: 'Arrêté',
  behind: 'Rattrapage : {seconds} s de retard',
  silent: 'Aucun son n’arrive : vérifiez que le microphone n’est pas coupé.',
  unsupported: 'Ce navigateur ne peut pas transcrire la parole sur cette page.',
  remedies: {
    'not-allowed': 'Autorisez le microphone pour ce site, puis relancez.',
    'audio-capture': 'Branchez un microphone, puis relancez.',
    network: 'Vérifiez la connexion, puis relancez.',
    'microphone-busy': 'Fermez l’autre programme qui utilise le microphone, puis relancez.',
    'model-invalid': 'Indiquez dans l’attribut model un fichier de modèle complet et intact.',
    'model-mismatch': 'Indiquez dans l’attribut model un modèle fait pour cette version du composant.',
    'tokenizer-invalid': 'Utilisez le fichier de segmentation publié avec ce modèle.',
    'audio-invalid': 'Choisissez un autre fichier audio, par exemple un enregistrement WAV, MP3 ou OGG.',
    quota: 'Libérez de l’espace disque pour ce navigateur, puis relancez.',
    integrity: 'Relancez ; la partie abîmée du modèle sera de nouveau téléchargée.',
    unsupported: 'Ouvrez cette page dans une version récente de Chrome, Edge, Firefox ou Safari.',
    'out-of-memory': 'Fermez d’autres onglets, puis relancez.',
    'gpu-limit-too-small': 'Utilisez backend="wasm", ou un modèle plus petit.',
    'gpu-device-lost': 'Relancez ; si cela se répète, fermez d’autres onglets qui utilisent la carte graphique.',
    'gpu-failed': 'Mettez à jour le navigateur ou le pilote graphique, ou utilisez backend="wasm".',
    'worker-failed': 'Rechargez la page, puis relancez.',
    'falling-behind': 'Fermez les autres programmes qui occupent cette machine.',
    'invalid-argument': 'Corrigez la valeur nommée dans le message.',
    'invalid-state': 'Attendez la fin de l’opération en cours, puis réessayez.',
    internal: 'Rechargez la page ; si cela se répète, signalez-le avec le message de la console.',
  },
};

const LANGUAGES: Readonly<Record<string, Strings>> = { en: ENGLISH, fr: FRENCH };

/** What a page may replace: any text, any remedy. */
export type StringOverrides = Partial<Omit<Strings, 'remedies'>> & { readonly remedies?: Partial<Strings['remedies']> };

/** The texts of the first language in `preferences` (BCP 47 tags) that has them, English otherwise, with the page's own on top. */
export function stringsFor(preferences: readonly string[], overrides: StringOverrides = {}): Strings {
  const tag = languageFor(preferences);
  const base = LANGUAGES[tag] ?? ENGLISH;
  return { ...base, ...overrides, remedies: { ...base.remedies, ...overrides.remedies } };
}

/** The language `stringsFor` would pick: the primary subtag, lower case. */
export function languageFor(preferences: readonly string[]): string {
  const primary = preferences.map((tag) => tag.toLowerCase().split('-')[0] ?? '');
  return primary.find((tag) => tag in LANGUAGES) ?? 'en';
}

/**
 * What an element prefers: its own `lang`, else the closest `lang` around it (through shadow roots), else the browser's.
 * The page's language wins over the browser's, because the text around the element is in it.
 */
export function preferredLanguages(element: Element): readonly string[] {
  for (let node: Node | null = element; node; node = node instanceof ShadowRoot ? node.host : node.parentNode) {
    const lang = node instanceof Element ? node.getAttribute('lang') : null;
    if (lang) return [lang, ...navigator.languages];
  }
  return navigator.languages;
}
