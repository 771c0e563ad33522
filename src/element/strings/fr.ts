/** The element's texts in French. */
import type { Strings } from './strings.js';

const PAGE_MISCONFIGURED = 'Cette page est mal configurée. Contactez le responsable du site.';

/** French typography: a no-break space (U+00A0) before a colon or a unit and inside « », a narrow one (U+202F) before a semicolon. */
export const FRENCH: Strings = {
  start: 'Démarrer l’écoute',
  stop: 'Arrêter l’écoute',
  cancel: 'Annuler',
  tryAgain: 'Réessayer',
  dictate: 'Dicter',
  stopDictating: 'Arrêter la dictée',
  ofField: '({field})',
  hotkeyToggle: 'Raccourci clavier\u00a0: {keys}',
  hotkeyHold: 'Maintenez {keys} pour parler',
  keyShift: 'Maj',
  keySpace: 'Espace',
  ofSpeaker: '{speaker}\u00a0:',
  required: 'Appuyez sur le bouton et parlez pour remplir ce champ.',

  invitation: 'Appuyez sur le bouton et parlez.',
  invitationMedia: 'Appuyez sur le bouton, puis lancez la lecture.',
  noWordsYet: 'À\u00a0l’écoute…',
  captions: 'Sous-titres',

  statusIdle: '',
  statusDownload: 'Téléchargement du modèle vocal…',
  statusPrepare: 'Préparation du modèle vocal…',
  statusHearing: 'Vous pouvez parler. Vos mots s’afficheront dès que le modèle sera prêt.',
  statusHeard: 'Vos mots s’afficheront dès que le modèle sera prêt.',
  statusSource: 'En attente de l’audio…',
  statusReady: 'Prêt',
  statusListening: 'À\u00a0l’écoute',
  statusMediaPaused: 'Lancez la lecture pour afficher les sous-titres',
  statusPaused: 'En pause',
  statusFinishing: 'Transcription des derniers mots…',
  statusBehind: 'Rattrapage en cours',
  backlog: '{seconds}\u00a0s de retard',
  silent: 'Le microphone ne capte aucun son. Vérifiez qu’il n’est pas coupé.',
  statusWaiting: 'En attente du réseau…',
  statusHeld: 'Téléchargement en pause',
  unsupported:
    'Ce navigateur ne peut pas transcrire la parole sur cette page. Ouvrez-la dans une version récente de Chrome, Edge, Firefox ou Safari.',

  modelDownload: 'Le modèle vocal ({size}\u00a0Mo) sera téléchargé une seule fois et conservé sur cet appareil.',
  modelEachVisit:
    'Le modèle vocal ({size}\u00a0Mo) sera téléchargé à chaque visite, car ce navigateur ne permet pas à cette page de le conserver.',
  modelPartly:
    'Le modèle vocal est en partie téléchargé ({stored} sur {size}\u00a0Mo). Le reste sera téléchargé une seule fois.',
  modelHere: 'Le modèle vocal est déjà sur cet appareil.',
  modelComing: 'Le modèle vocal est en cours de téléchargement.',
  modelNoRoom:
    'Le modèle vocal nécessite {size}\u00a0Mo de stockage, mais seuls {free}\u00a0Mo sont disponibles. Libérez de l’espace disque, puis rechargez la page.',
  modelNoMemory:
    'Le modèle vocal nécessite {size}\u00a0Mo de mémoire, mais ce navigateur n’en accorde que {free}\u00a0Mo. Fermez d’autres onglets, ou ouvrez cette page sur un ordinateur.',
  modelInMemory:
    'Le modèle vocal ({size}\u00a0Mo) dépasse la capacité de stockage de ce navigateur et sera téléchargé à chaque visite.',
  useUnkept: 'Utiliser le modèle sans le conserver',
  modelTooSlow:
    'Cet appareil est peut-être trop lent\u00a0: il lui faut environ {factor}\u00a0s pour transcrire une seconde de parole.',
  amount: '{loaded} / {total}\u00a0Mo',
  rate: '{rate}\u00a0Mo/s',
  secondsLeft: 'encore {seconds}\u00a0s',
  minutesLeft: 'encore {minutes}\u00a0min',
  pauseDownload: 'Mettre le téléchargement en pause',
  resumeDownload: 'Reprendre le téléchargement',
  modelNotKept:
    'Ce navigateur n’a pas pu conserver tout le modèle vocal\u00a0: il sera téléchargé de nouveau à votre prochaine visite.',
  modelGoesOn: 'La progression est enregistrée\u202f; le téléchargement reprendra où il s’est arrêté.',

  transcript: 'Transcription',
  transcriptEditKeys: 'Appuyez sur F2 pour modifier le texte, sur Entrée pour valider. Ctrl+Z annule la modification.',
  edit: 'Modifier',
  editLabel: 'Texte de l’énoncé',
  transcriptKeys:
    'Utilisez les flèches gauche et droite pour passer d’un mot à l’autre. Appuyez sur Entrée pour accéder au mot dans l’enregistrement.',
  latest: 'Aller à la fin',
  copy: 'Copier la transcription',
  copied: 'Copié',
  notCopied: 'Copie impossible\u00a0: le navigateur bloque le presse-papiers.',
  clear: 'Effacer la transcription',
  download: 'Télécharger la transcription',
  downloadText: 'Texte brut (.txt)',
  downloadVTT: 'Sous-titres WebVTT (.vtt)',
  downloadSRT: 'Sous-titres SubRip (.srt)',
  fileName: 'transcription',
  trackLabel: 'Sous-titres en direct',

  settings: 'Réglages des sous-titres',
  settingsMicrophone: 'Microphone',
  microphoneOfTheSystem: 'Par défaut',
  settingsSize: 'Taille',
  settingsColours: 'Couleurs',
  settingsBackground: 'Arrière-plan',
  settingsLines: 'Lignes',
  asThePage: 'Par défaut',
  sizeSmall: 'Petite',
  sizeLarge: 'Grande',
  sizeLarger: 'Très grande',
  sizeLargest: 'Énorme',
  coloursLight: 'Noir sur blanc',
  coloursDark: 'Blanc sur noir',
  coloursYellow: 'Jaune sur noir',
  backgroundNone: 'Aucun',
  backgroundSoft: 'Translucide',
  backgroundSolid: 'Opaque',
  settingsReset: 'Rétablir les réglages par défaut',
  settingsNotKept:
    'Ces réglages ne s’appliquent qu’à cette visite\u00a0: le navigateur ne permet pas à cette page de les conserver.',

  remedies: {
    'not-allowed': 'Autorisez l’accès au microphone pour ce site, puis réessayez.',
    'audio-capture': 'Connectez un microphone, puis réessayez.',
    network: 'Vérifiez votre connexion et l’adresse du fichier, puis réessayez.',
    aborted: 'Appuyez sur le bouton pour réessayer.',
    'audio-output':
      'Vérifiez que cet appareil dispose d’une sortie audio qui fonctionne, un haut-parleur par exemple, puis réessayez.',
    'share-refused': 'Choisissez un onglet à partager, puis réessayez.',
    'share-without-audio': 'Partagez un onglet en activant «\u00a0Partager également l’audio de l’onglet\u00a0».',
    'microphone-busy': 'Fermez l’autre application qui utilise le microphone, puis réessayez.',
    'model-invalid': PAGE_MISCONFIGURED,
    'model-mismatch': PAGE_MISCONFIGURED,
    'tokenizer-invalid': PAGE_MISCONFIGURED,
    'audio-invalid': 'Choisissez un autre fichier audio, par exemple un enregistrement WAV, MP3 ou OGG.',
    quota: 'Libérez de l’espace disque, puis réessayez.',
    integrity: 'Réessayez. La partie endommagée du modèle sera téléchargée de nouveau.',
    'field-full': 'Le champ est plein. Raccourcissez son texte, puis réessayez.',
    'field-unavailable': 'Ce champ n’est pas modifiable pour le moment. Réessayez plus tard.',
    unsupported: 'Ouvrez cette page dans une version récente de Chrome, Edge, Firefox ou Safari.',
    'insecure-context': 'Ouvrez cette page à son adresse HTTPS, puis réessayez.',
    'blocked-by-policy':
      'Les règles de sécurité de cette page bloquent la reconnaissance vocale. Contactez le responsable du site.',
    'out-of-memory':
      'Fermez d’autres onglets, puis réessayez. Si le problème persiste, utilisez un appareil disposant de plus de mémoire.',
    'gpu-limit-too-small':
      'Le modèle est trop volumineux pour cette carte graphique. Contactez le responsable du site.',
    'gpu-device-lost':
      'Réessayez. Si le problème persiste, fermez les autres onglets qui utilisent la carte graphique.',
    'gpu-failed': 'Mettez à jour votre navigateur ou le pilote graphique, puis réessayez.',
    'worker-failed': 'Rechargez la page, puis réessayez.',
    'falling-behind': 'Fermez les applications qui ralentissent cet appareil, puis réessayez.',
    'invalid-argument': PAGE_MISCONFIGURED,
    'invalid-state': PAGE_MISCONFIGURED,
    internal: 'Rechargez la page. Si le problème persiste, contactez le responsable du site.',
  },
  faults: {
    empty: '{recording} est vide.',
    undecodable:
      '{recording} ne peut pas être lu par ce navigateur\u00a0: le fichier est endommagé ou n’est pas un fichier audio.',
    unsupported: '{recording} utilise un format audio que ce navigateur ne peut pas lire.',
    'no-samples': '{recording} ne contient aucun son.',
    unreadable: '{recording} est illisible. Le fichier a peut-être été déplacé, modifié ou supprimé.',
    'not-downloaded': '{recording} n’a pas pu être téléchargé.',
  },
  namedRecording: '«\u00a0{name}\u00a0»',
  unnamedRecording: 'L’enregistrement',
};
