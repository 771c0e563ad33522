/** What the element says of its model before it starts and while it comes, in English and French. */

/** `{…}` are filled in when shown. */
export interface DeliveryStrings {
  /** Before the first press. `{size}`: millions of bytes. */
  readonly modelDownload: string;
  /** The same where nothing can be kept. */
  readonly modelEachVisit: string;
  /** A part is here already. `{stored}` of `{size}`. */
  readonly modelPartly: string;
  readonly modelHere: string;
  /** Another tab or element is at it. */
  readonly modelComing: string;
  /** `{size}` is still to come, `{free}` is free. */
  readonly modelNoRoom: string;
  /** `{size}` of memory is needed, `{free}` is what the browser gives. */
  readonly modelNoMemory: string;
  /** `{size}` does not fit, and the page wants it held in memory. */
  readonly modelInMemory: string;
  /** After `quota`: starts with what does not fit held in memory. */
  readonly useUnkept: string;
  /** `{factor}`: seconds of work for a second of speech. */
  readonly modelTooSlow: string;
  /** `{loaded}` and `{total}`: millions of bytes. */
  readonly amount: string;
  /** `{rate}`: millions of bytes a second. */
  readonly rate: string;
  readonly secondsLeft: string;
  readonly minutesLeft: string;
  /** The network is gone, or the server asked for patience. */
  readonly statusWaiting: string;
  /** The visitor, or another tab, holds the download. */
  readonly statusHeld: string;
  readonly pauseDownload: string;
  readonly resumeDownload: string;
  /** It is in, and only in memory. */
  readonly modelNotKept: string;
  /** After a failure on the way, beside its remedy. */
  readonly modelGoesOn: string;
}

export const ENGLISH_DELIVERY: DeliveryStrings = {
  modelDownload: 'The speech model, {size}\u00a0MB, is downloaded once and stays on this device.',
  modelEachVisit:
    'The speech model, {size}\u00a0MB, is downloaded at every visit: this browser keeps nothing for this page.',
  modelPartly:
    '{stored} of {size}\u00a0MB of the speech model are on this device already; the rest is downloaded once.',
  modelHere: 'The speech model is on this device.',
  modelComing: 'The speech model is being downloaded.',
  modelNoRoom: 'The speech model needs {size}\u00a0MB of storage; {free}\u00a0MB are free.',
  modelNoMemory:
    'The speech model needs {size}\u00a0MB of memory; this browser gives {free}\u00a0MB. Close other tabs, or open this page on a computer.',
  modelInMemory:
    'The speech model does not fit in this browser’s storage: {size}\u00a0MB are downloaded at every visit.',
  useUnkept: 'Use it this time without keeping it',
  modelTooSlow: 'This machine may be too slow for it: about {factor}\u00a0s for each second of speech.',
  amount: '{loaded} / {total}\u00a0MB',
  rate: '{rate}\u00a0MB/s',
  secondsLeft: '{seconds}\u00a0s left',
  minutesLeft: '{minutes}\u00a0min left',
  statusWaiting: 'Waiting for the network…',
  statusHeld: 'Download paused',
  pauseDownload: 'Pause the download',
  resumeDownload: 'Resume the download',
  modelNotKept:
    'This browser’s storage did not take all of the speech model: it is downloaded again at the next visit.',
  modelGoesOn: 'What has arrived is kept: the download goes on from there.',
};

/** No line breaks before a colon or a unit (U+00A0), nor before a semicolon (U+202F, narrow), as French sets them. */
export const FRENCH_DELIVERY: DeliveryStrings = {
  modelDownload: 'Le modèle vocal, {size}\u00a0Mo, est téléchargé une seule fois et reste sur cet appareil.',
  modelEachVisit:
    'Le modèle vocal, {size}\u00a0Mo, est téléchargé à chaque visite\u00a0: ce navigateur ne conserve rien pour cette page.',
  modelPartly:
    '{stored} des {size}\u00a0Mo du modèle vocal sont déjà sur cet appareil\u202f; le reste est téléchargé une seule fois.',
  modelHere: 'Le modèle vocal est sur cet appareil.',
  modelComing: 'Le modèle vocal est en cours de téléchargement.',
  modelNoRoom: 'Le modèle vocal demande {size}\u00a0Mo d’espace\u202f; {free}\u00a0Mo sont libres.',
  modelNoMemory:
    'Le modèle vocal demande {size}\u00a0Mo de mémoire\u202f; ce navigateur en donne {free}\u00a0Mo. Fermez d’autres onglets, ou ouvrez cette page sur un ordinateur.',
  modelInMemory:
    'Le modèle vocal ne tient pas dans l’espace de ce navigateur\u00a0: {size}\u00a0Mo sont téléchargés à chaque visite.',
  useUnkept: 'L’utiliser cette fois sans le garder',
  modelTooSlow: 'Cette machine est peut-être trop lente\u00a0: environ {factor}\u00a0s pour chaque seconde de parole.',
  amount: '{loaded} / {total}\u00a0Mo',
  rate: '{rate}\u00a0Mo/s',
  secondsLeft: 'encore {seconds}\u00a0s',
  minutesLeft: 'encore {minutes}\u00a0min',
  statusWaiting: 'En attente du réseau…',
  statusHeld: 'Téléchargement en pause',
  pauseDownload: 'Suspendre le téléchargement',
  resumeDownload: 'Reprendre le téléchargement',
  modelNotKept:
    'Le stockage de ce navigateur n’a pas pu garder tout le modèle vocal\u00a0: il sera téléchargé à nouveau à la prochaine visite.',
  modelGoesOn: 'Ce qui est arrivé est conservé\u00a0: le téléchargement reprendra là.',
};
