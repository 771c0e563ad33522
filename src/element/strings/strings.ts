/** The type of the element's visible texts. Each language is one file beside this one. */
import type { RecordingFault, SttErrorCode } from '../../errors.js';

/** Of texts. `auto` where the page supplies them: the first letter decides. */
export type TextDirection = 'ltr' | 'rtl' | 'auto';

/** All visible texts. `{…}` are placeholders, filled in when the text is shown. */
export interface Strings {
  /* The button. */
  readonly start: string;
  readonly stop: string;
  readonly cancel: string;
  readonly tryAgain: string;
  /** Instead of `start` and `stop` on the button of a field. */
  readonly dictate: string;
  readonly stopDictating: string;
  /** Follows the text of a field's button for screen readers. `{field}`: the field's label. */
  readonly ofField: string;
  /** Title of the button, with a shortcut that starts and stops, or that is held down. `{keys}`: such as `Ctrl+Shift+D`. */
  readonly hotkeyToggle: string;
  readonly hotkeyHold: string;
  /** Names of keys in a shortcut. */
  readonly keyShift: string;
  readonly keySpace: string;
  /** Before the remedy where one lane of several has failed. `{speaker}`: its label. */
  readonly ofSpeaker: string;
  /** Validation message of a required form control without words. */
  readonly required: string;

  /* The captions. */
  readonly invitation: string;
  /** The invitation where an <audio> or <video> is captioned. */
  readonly invitationMedia: string;
  /** In place of the words, while listening has produced none. */
  readonly noWordsYet: string;
  /** Accessible name of the captions. */
  readonly captions: string;

  /* The status line. */
  readonly statusIdle: string;
  readonly statusDownload: string;
  readonly statusPrepare: string;
  /** While the model is prepared and audio is already recorded. */
  readonly statusHearing: string;
  /** That audio has ended; the engine is not ready yet. */
  readonly statusHeard: string;
  /** Waiting for the microphone's permission, or for a file to be decoded. */
  readonly statusSource: string;
  readonly statusReady: string;
  readonly statusListening: string;
  /** Listening to a media element that does not play. */
  readonly statusMediaPaused: string;
  readonly statusPaused: string;
  readonly statusFinishing: string;
  /** Transcription lags behind the audio; announced once. */
  readonly statusBehind: string;
  /** `{seconds}`: how far behind. */
  readonly backlog: string;
  /** The microphone is open but delivers only zeros. */
  readonly silent: string;
  /** The download waits for the network, or for the server's Retry-After. */
  readonly statusWaiting: string;
  /** The visitor, or another tab, paused the download. */
  readonly statusHeld: string;
  /** Instead of the whole element. */
  readonly unsupported: string;

  /* The download of the model. Sizes are in millions of bytes. */
  /** Before the first press. */
  readonly modelDownload: string;
  /** Before the first press, where the browser cannot store the model. */
  readonly modelEachVisit: string;
  /** Before the first press, where a part is stored: `{stored}` of `{size}`. */
  readonly modelPartly: string;
  readonly modelHere: string;
  /** Another tab or element downloads it. */
  readonly modelComing: string;
  /** `{size}` is still to be downloaded, `{free}` is available. */
  readonly modelNoRoom: string;
  /** `{size}` of memory is needed, `{free}` is available. */
  readonly modelNoMemory: string;
  /** `{size}` does not fit in storage; the page chose to keep it in memory. */
  readonly modelInMemory: string;
  /** The button after a `quota` error: starts with the model in memory. */
  readonly useUnkept: string;
  /** `{factor}`: seconds of computing for a second of speech. */
  readonly modelTooSlow: string;
  /** `{loaded}` and `{total}`. */
  readonly amount: string;
  /** `{rate}`: millions of bytes a second. */
  readonly rate: string;
  readonly secondsLeft: string;
  readonly minutesLeft: string;
  readonly pauseDownload: string;
  readonly resumeDownload: string;
  /** The model is loaded, but could not be stored. */
  readonly modelNotKept: string;
  /** Beside the remedy of a failed download. */
  readonly modelGoesOn: string;

  /* The transcript and its tools. */
  /** Accessible name of the transcript. */
  readonly transcript: string;
  /** Keyboard instructions for screen readers. */
  readonly transcriptKeys: string;
  /** Added to them where the transcript can be edited. */
  readonly transcriptEditKeys: string;
  /** The button that edits a paragraph of the transcript. */
  readonly edit: string;
  /** Accessible name of the field in which it is edited. */
  readonly editLabel: string;
  /** Scrolls to the newest words. */
  readonly latest: string;
  readonly copy: string;
  readonly copied: string;
  /** The browser refused access to the clipboard. */
  readonly notCopied: string;
  readonly clear: string;
  readonly download: string;
  readonly downloadText: string;
  readonly downloadVTT: string;
  readonly downloadSRT: string;
  /** Of a downloaded transcript, without the extension. */
  readonly fileName: string;
  /** Name of the text track in a media player's menu. */
  readonly trackLabel: string;

  /* The settings. */
  readonly settings: string;
  readonly settingsMicrophone: string;
  /** The choice that leaves the microphone to the system. */
  readonly microphoneOfTheSystem: string;
  readonly settingsSize: string;
  readonly settingsColours: string;
  readonly settingsBackground: string;
  readonly settingsLines: string;
  /** The choice that leaves a setting to the page. */
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
  /** The browser does not let this page store the settings. */
  readonly settingsNotKept: string;

  /** What the visitor can do after an error. */
  readonly remedies: Readonly<Record<SttErrorCode, string>>;
  /** Before the remedy: what is wrong with a recording. `{recording}`: `namedRecording` or `unnamedRecording`. */
  readonly faults: Readonly<Record<RecordingFault, string>>;
  /** `{name}`: of the file, or the last part of its address. */
  readonly namedRecording: string;
  readonly unnamedRecording: string;
}

/** What a page may replace: any text, any remedy, any fault. */
export type StringOverrides = Partial<Omit<Strings, 'remedies' | 'faults'>> & {
  readonly remedies?: Partial<Strings['remedies']>;
  readonly faults?: Partial<Strings['faults']>;
};
