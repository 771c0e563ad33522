/** Every word the element shows, in English and French; a page replaces any of them through `strings`. */
import { REMEDIES, type SttErrorCode } from '../../errors.js';
import { ENGLISH_DELIVERY, FRENCH_DELIVERY, type DeliveryStrings } from './delivery.js';

/** The visible texts. `{…}` are filled in when shown. */
export interface Strings extends DeliveryStrings {
  readonly start: string;
  readonly stop: string;
  readonly cancel: string;
  readonly tryAgain: string;
  /** The button of a field. */
  readonly dictate: string;
  readonly stopDictating: string;
  /** After the button's text, for those who do not see where it stands; `{field}`: the field's name. */
  readonly ofField: string;
  /** Of a form that needs words and has none. */
  readonly required: string;
  readonly invitation: string;
  /** The same where it captions an <audio> or <video>. */
  readonly invitationMedia: string;
  /** Where the words will be, while it listens and has heard none. */
  readonly noWordsYet: string;
  /** Accessible name of the captions. */
  readonly captions: string;
  readonly statusIdle: string;
  readonly statusDownload: string;
  readonly statusPrepare: string;
  /** The same, while sound is already taken. */
  readonly statusHearing: string;
  readonly statusSource: string;
  readonly statusReady: string;
  readonly statusListening: string;
  readonly statusPaused: string;
  readonly statusFinishing: string;
  /** The words run behind the sound; said aloud once. */
  readonly statusBehind: string;
  /** `{seconds}`: how far behind. */
  readonly backlog: string;
  /** The microphone is open but sends nothing at all. */
  readonly silent: string;
  readonly unsupported: string;
  /** Accessible name of the whole transcript. */
  readonly transcript: string;
  /** How the transcript's words are reached without a pointer. */
  readonly transcriptKeys: string;
  /** Goes to the newest words. */
  readonly latest: string;
  readonly copy: string;
  readonly copied: string;
  /** The browser refused the clipboard. */
  readonly notCopied: string;
  readonly clear: string;
  readonly download: string;
  readonly downloadText: string;
  readonly downloadVTT: string;
  readonly downloadSRT: string;
  /** Before the extension. */
  readonly fileName: string;
  /** Name of the captions in a media player's menu. */
  readonly trackLabel: string;
  readonly settings: string;
  readonly settingsMicrophone: string;
  /** The choice to leave it to the system. */
  readonly microphoneOfTheSystem: string;
  readonly settingsSize: string;
  readonly settingsColours: string;
  readonly settingsBackground: string;
  readonly settingsLines: string;
  /** The choice that leaves it to the page. */
  readonly asThePage: string;
  readonly sizeSmall: string;
  readonly sizeLarge: string;
  readonly sizeLarger: string;
  readonly sizeLargest: string;
  readonly coloursLight: string;
  readonly coloursDark: string;
  readonly coloursYellow: string;
  readonly backgroundNone: string;
  readonly backgroundSoft: string;
  readonly backgroundSolid: string;
  readonly settingsReset: string;
  /** The browser lets this page store nothing. */
  readonly settingsNotKept: string;
  readonly remedies: Readonly<Record<SttErrorCode, string>>;
}

const ENGLISH: Strings = {
  start: 'Start listening',
  stop: 'Stop listening',
  cancel: 'Cancel',
  tryAgain: 'Try again',
  dictate: 'Dictate',
  stopDictating: 'Stop dictating',
  ofField: '({field})',
  required: 'Press the button and speak to fill this in.',
  invitation: 'Press the button and speak.',
  invitationMedia: 'Press the button, then play.',
  noWordsYet: 'Listening…',
  captions: 'Captions',
  ...ENGLISH_DELIVERY,
  statusIdle: '',
  statusDownload: 'Fetching the speech model…',
  statusPrepare: 'Preparing the speech model…',
  statusHearing: 'Speak: your words come as soon as the model is ready.',
  statusSource: 'Waiting for the sound…',
  statusReady: 'Ready',
  statusListening: 'Listening',
  statusPaused: 'Paused',
  statusFinishing: 'Finishing the last words…',
  statusBehind: 'Catching up',
  backlog: '{seconds}\u00a0s behind',
  silent: 'No sound arrives: check that the microphone is not muted.',
  unsupported: 'This browser cannot turn speech into text on this page.',
  transcript: 'Transcript',
  transcriptKeys: 'Left and right arrow keys move from word to word; Enter goes to the word in the recording.',
  latest: 'Latest words',
  copy: 'Copy the transcript',
  copied: 'Copied',
  notCopied: 'The browser does not allow copying here.',
  clear: 'Clear the transcript',
  download: 'Download the transcript',
  downloadText: 'Plain text (.txt)',
  downloadVTT: 'WebVTT captions (.vtt)',
  downloadSRT: 'SubRip captions (.srt)',
  fileName: 'transcript',
  trackLabel: 'Live captions',
  settings: 'Caption settings',
  settingsMicrophone: 'Microphone',
  microphoneOfTheSystem: 'The system’s choice',
  settingsSize: 'Text size',
  settingsColours: 'Colours',
  settingsBackground: 'Background',
  settingsLines: 'Lines',
  asThePage: 'Standard',
  sizeSmall: 'Small',
  sizeLarge: 'Large',
  sizeLarger: 'Very large',
  sizeLargest: 'Huge',
  coloursLight: 'Black on white',
  coloursDark: 'White on black',
  coloursYellow: 'Yellow on black',
  backgroundNone: 'None',
  backgroundSoft: 'Soft',
  backgroundSolid: 'Solid',
  settingsReset: 'Reset to standard',
  settingsNotKept: 'Kept for this visit only: the browser lets this page store nothing.',
  remedies: REMEDIES,
};

const PAGE_IS_WRONG_FR = 'Cette page est mal configurée\u202f; prévenez son responsable.';

/** No line breaks before a colon or a unit (U+00A0), nor before a semicolon (U+202F, narrow), as French sets them. */
const FRENCH: Strings = {
  start: 'Commencer l’écoute',
  stop: 'Arrêter l’écoute',
  cancel: 'Annuler',
  tryAgain: 'Réessayer',
  dictate: 'Dicter',
  stopDictating: 'Arrêter la dictée',
  ofField: '({field})',
  required: 'Appuyez sur le bouton et parlez pour remplir ce champ.',
  invitation: 'Appuyez sur le bouton et parlez.',
  invitationMedia: 'Appuyez sur le bouton, puis lancez la lecture.',
  noWordsYet: 'À\u00a0l’écoute…',
  captions: 'Sous-titres',
  ...FRENCH_DELIVERY,
  statusIdle: '',
  statusDownload: 'Téléchargement du modèle vocal…',
  statusPrepare: 'Préparation du modèle vocal…',
  statusHearing: 'Parlez\u00a0: vos mots arrivent dès que le modèle est prêt.',
  statusSource: 'En attente du son…',
  statusReady: 'Prêt',
  statusListening: 'À\u00a0l’écoute',
  statusPaused: 'En pause',
  statusFinishing: 'Derniers mots en cours…',
  statusBehind: 'Rattrapage en cours',
  backlog: '{seconds}\u00a0s de retard',
  silent: 'Aucun son n’arrive\u00a0: vérifiez que le microphone n’est pas coupé.',
  unsupported: 'Ce navigateur ne peut pas transcrire la parole sur cette page.',
  transcript: 'Transcription',
  transcriptKeys:
    'Les flèches gauche et droite vont d’un mot à l’autre\u202f; Entrée rejoint le mot dans l’enregistrement.',
  latest: 'Derniers mots',
  copy: 'Copier la transcription',
  copied: 'Copié',
  notCopied: 'Le navigateur n’autorise pas la copie ici.',
  clear: 'Effacer la transcription',
  download: 'Télécharger la transcription',
  downloadText: 'Texte brut (.txt)',
  downloadVTT: 'Sous-titres WebVTT (.vtt)',
  downloadSRT: 'Sous-titres SubRip (.srt)',
  fileName: 'transcription',
  trackLabel: 'Sous-titres en direct',
  settings: 'Réglages des sous-titres',
  settingsMicrophone: 'Microphone',
  microphoneOfTheSystem: 'Celui du système',
  settingsSize: 'Taille du texte',
  settingsColours: 'Couleurs',
  settingsBackground: 'Fond',
  settingsLines: 'Lignes',
  asThePage: 'Standard',
  sizeSmall: 'Petite',
  sizeLarge: 'Grande',
  sizeLarger: 'Très grande',
  sizeLargest: 'Énorme',
  coloursLight: 'Noir sur blanc',
  coloursDark: 'Blanc sur noir',
  coloursYellow: 'Jaune sur noir',
  backgroundNone: 'Aucun',
  backgroundSoft: 'Léger',
  backgroundSolid: 'Opaque',
  settingsReset: 'Rétablir les réglages standard',
  settingsNotKept: 'Gardés pour cette visite seulement\u00a0: le navigateur ne laisse rien enregistrer à cette page.',
  remedies: {
    'not-allowed': 'Autorisez le microphone pour ce site, puis réessayez.',
    'audio-capture': 'Branchez un microphone, puis réessayez.',
    network: 'Vérifiez la connexion et l’adresse du fichier, puis réessayez.',
    aborted: 'Appuyez sur le bouton pour réessayer.',
    'audio-output': 'Vérifiez que cet appareil a une sortie audio qui fonctionne, puis réessayez.',
    'share-refused': 'Choisissez un onglet à partager, puis réessayez.',
    'share-without-audio': 'Partagez un onglet en cochant «\u00a0Partager également l’audio de l’onglet\u00a0».',
    'microphone-busy': 'Fermez l’autre programme qui utilise le microphone, puis réessayez.',
    'model-invalid': PAGE_IS_WRONG_FR,
    'model-mismatch': PAGE_IS_WRONG_FR,
    'tokenizer-invalid': PAGE_IS_WRONG_FR,
    'audio-invalid': 'Choisissez un autre fichier audio, par exemple un enregistrement WAV, MP3 ou OGG.',
    quota: 'Libérez de l’espace disque pour ce navigateur, puis réessayez.',
    integrity: 'Réessayez\u202f; la partie abîmée du modèle sera de nouveau téléchargée.',
    'field-full': 'Le champ est plein\u202f; raccourcissez son texte, puis réessayez.',
    'field-unavailable': 'On ne peut pas écrire dans ce champ pour le moment.',
    unsupported: 'Ouvrez cette page dans une version récente de Chrome, Edge, Firefox ou Safari.',
    'insecure-context': 'Ouvrez cette page par son adresse https, puis réessayez.',
    'blocked-by-policy':
      'Les règles de sécurité de cette page bloquent la reconnaissance vocale\u202f; prévenez son responsable.',
    'out-of-memory':
      'Fermez d’autres onglets, puis réessayez\u202f; si l’erreur se répète, utilisez un appareil avec plus de mémoire.',
    'gpu-limit-too-small':
      'Le modèle est trop grand pour cette carte graphique\u202f; prévenez le responsable de la page.',
    'gpu-device-lost': 'Réessayez\u202f; si cela se répète, fermez d’autres onglets qui utilisent la carte graphique.',
    'gpu-failed': 'Mettez à jour le navigateur ou le pilote graphique, puis réessayez.',
    'worker-failed': 'Rechargez la page, puis réessayez.',
    'falling-behind': 'Fermez les autres programmes qui occupent cette machine.',
    'invalid-argument': PAGE_IS_WRONG_FR,
    'invalid-state': PAGE_IS_WRONG_FR,
    internal: 'Rechargez la page\u202f; si cela se répète, prévenez son responsable.',
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

/** The texts of an element, and the languages they are in. */
export interface Texts {
  readonly strings: Strings;
  /** Of the numbers. */
  readonly language: string;
  /** For `lang` attributes; undefined where the page brings its own texts, and with them their language. */
  readonly lang: string | undefined;
}

export function textsFor(element: Element, overrides: StringOverrides): Texts {
  const preferred = preferredLanguages(element);
  const language = languageFor(preferred);
  const lang = Object.keys(overrides).length === 0 ? language : undefined;
  return { strings: stringsFor(preferred, overrides), language, lang };
}
