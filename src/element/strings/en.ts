/** The element's texts in English. The remedies are those of `SttError.remedy`. */
import { REMEDIES } from '../../errors.js';
import type { Strings } from './strings.js';

export const ENGLISH: Strings = {
  start: 'Start listening',
  stop: 'Stop listening',
  cancel: 'Cancel',
  tryAgain: 'Try again',
  dictate: 'Dictate',
  stopDictating: 'Stop dictating',
  ofField: '({field})',
  required: 'Press the button and speak to fill in this field.',

  invitation: 'Press the button and speak.',
  invitationMedia: 'Press the button, then start playback.',
  noWordsYet: 'Listening…',
  captions: 'Captions',

  statusIdle: '',
  statusDownload: 'Downloading the speech model…',
  statusPrepare: 'Preparing the speech model…',
  statusHearing: 'You can speak now. Your words will appear when the model is ready.',
  statusHeard: 'Your words will appear when the model is ready.',
  statusSource: 'Waiting for audio…',
  statusReady: 'Ready',
  statusListening: 'Listening',
  statusPaused: 'Paused',
  statusFinishing: 'Transcribing the last words…',
  statusBehind: 'Catching up',
  backlog: '{seconds}\u00a0s behind',
  silent: 'No sound from the microphone. Check that it isn’t muted.',
  statusWaiting: 'Waiting for the network…',
  statusHeld: 'Download paused',
  unsupported:
    'This browser can’t transcribe speech on this page. Open it in a recent version of Chrome, Edge, Firefox or Safari.',

  modelDownload: 'The speech model ({size}\u00a0MB) will be downloaded once and stored on this device.',
  modelEachVisit:
    'The speech model ({size}\u00a0MB) will be downloaded on every visit, because this browser doesn’t let this page store it.',
  modelPartly: 'The speech model is partly downloaded ({stored} of {size}\u00a0MB). The rest will be downloaded once.',
  modelHere: 'The speech model is already on this device.',
  modelComing: 'The speech model is being downloaded.',
  modelNoRoom:
    'The speech model needs {size}\u00a0MB of storage, but only {free}\u00a0MB is available. Free up some disk space, then reload the page.',
  modelNoMemory:
    'The speech model needs {size}\u00a0MB of memory, but this browser allows only {free}\u00a0MB. Close other tabs, or open this page on a computer.',
  modelInMemory:
    'The speech model ({size}\u00a0MB) doesn’t fit in this browser’s storage and will be downloaded on every visit.',
  useUnkept: 'Use the model without storing it',
  modelTooSlow: 'This device may be too slow: it takes about {factor}\u00a0s to transcribe one second of speech.',
  amount: '{loaded} / {total}\u00a0MB',
  rate: '{rate}\u00a0MB/s',
  secondsLeft: '{seconds}\u00a0s left',
  minutesLeft: '{minutes}\u00a0min left',
  pauseDownload: 'Pause download',
  resumeDownload: 'Resume download',
  modelNotKept:
    'This browser couldn’t store the whole speech model, so it will be downloaded again on your next visit.',
  modelGoesOn: 'Progress is saved; the download will resume.',

  transcript: 'Transcript',
  transcriptKeys:
    'Use the left and right arrow keys to move between words. Press Enter to jump to a word in the recording.',
  latest: 'Jump to latest',
  copy: 'Copy transcript',
  copied: 'Copied',
  notCopied: 'Couldn’t copy: the browser blocked the clipboard.',
  clear: 'Clear transcript',
  download: 'Download transcript',
  downloadText: 'Plain text (.txt)',
  downloadVTT: 'WebVTT captions (.vtt)',
  downloadSRT: 'SubRip captions (.srt)',
  fileName: 'transcript',
  trackLabel: 'Live captions',

  settings: 'Caption settings',
  settingsMicrophone: 'Microphone',
  microphoneOfTheSystem: 'System default',
  settingsSize: 'Text size',
  settingsColours: 'Colours',
  settingsBackground: 'Background',
  settingsLines: 'Lines',
  asThePage: 'Default',
  sizeSmall: 'Small',
  sizeLarge: 'Large',
  sizeLarger: 'Very large',
  sizeLargest: 'Huge',
  coloursLight: 'Black on white',
  coloursDark: 'White on black',
  coloursYellow: 'Yellow on black',
  backgroundNone: 'None',
  backgroundSoft: 'Translucent',
  backgroundSolid: 'Solid',
  settingsReset: 'Reset to defaults',
  settingsNotKept: 'These settings apply to this visit only: the browser doesn’t let this page store them.',

  remedies: REMEDIES,
};
