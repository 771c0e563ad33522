/** Which files of a folder are audio, by their names. */

/** Containers that the command decodes. */
const DECODED = 'wav|wave|flac|mp3|ogg|oga|opus|webm|weba|mka|mkv';
/** Audio that it does not decode: each such file is reported, with the command that converts it. */
const REFUSED = 'm4a|m4b|aac|aif|aiff|aifc|caf|au|snd|w64|amr|wma|ac3|wv|ape';

/** The ending of a name that says that the command decodes the file. */
export const DECODED_ENDING = new RegExp(`\\.(${DECODED})$`, 'i');
const AUDIO = new RegExp(`\\.(${DECODED}|${REFUSED})$`, 'i');

/** The endings of what the command decodes, for messages and the usage. */
export const AUDIO_EXTENSIONS = DECODED.replaceAll('|', ', ');

/** Hidden files are none: on a share used from macOS, `._talk.wav` holds no audio. */
export function isAudioName(name: string): boolean {
  return AUDIO.test(name) && !name.startsWith('.');
}
