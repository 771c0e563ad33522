/** Errors for files that the command does not decode: what was found, and the ffmpeg command that converts it. */
import { SttError } from '../../errors.js';
import { STANDARD_INPUT } from './audio-bytes.js';

/** What the command decodes, for messages and the usage. */
export const FORMATS = 'WAV, MP3, FLAC, Ogg Vorbis, Ogg Opus and WebM';

/** Containers and codecs that FFmpeg's build here lacks, by the bytes that begin them. */
const UNSUPPORTED: readonly (readonly [begins: string | RegExp, name: string])[] = [
  [/^....ftyp/s, 'an M4A or MP4 file (usually AAC)'],
  [/^....(moov|mdat|wide|free)/s, 'a QuickTime or MP4 file'],
  [/^\xff[\xf0\xf1\xf8\xf9]/, 'an AAC file (ADTS)'],
  [/^ADIF/, 'an AAC file (ADIF)'],
  [/^FORM....AIF[FC]/s, 'an AIFF file'],
  [/^caff/, 'a Core Audio (CAF) file'],
  [/^\.snd/, 'an AU file'],
  ['riff\x2e\x91\xcf\x11', 'a Wave64 (W64) file'],
  [/^RIFF....AVI /s, 'an AVI file'],
  [/^#!AMR/, 'an AMR file'],
  ['\x30\x26\xb2\x75\x8e\x66\xcf\x11', 'a Windows Media (WMA) file'],
  ['\x0b\x77', 'an AC-3 file'],
  [/^wvpk/, 'a WavPack file'],
  [/^MAC /, 'a Monkey’s Audio file'],
  [/^FLV/, 'a Flash Video file'],
  ['\x00\x00\x01\xba', 'an MPEG stream'],
];

const CONTAINERS: readonly (readonly [begins: string | RegExp, name: string])[] = [
  [/^(RIFF|RIFX|RF64|BW64)/, 'WAV'],
  [/^OggS/, 'Ogg'],
  ['\x1a\x45\xdf\xa3', 'WebM or Matroska'],
];

/**
 * The error for a format that is not decoded, `undefined` for any other. Ask before decoding: FFmpeg finds an MP3 in anything.
 *
 * @param head the file's first bytes
 */
export function refusedFormat(name: string, head: Uint8Array): SttError | undefined {
  const known = nameIn(UNSUPPORTED, head);
  return known === undefined ? undefined : convertFirst(name, `is ${known}, which this command does not decode`);
}

/** The error for a file in which FFmpeg finds no audio. */
export function unknownFormat(name: string, head: Uint8Array): SttError {
  const container = containerOf(head);
  if (container !== undefined) {
    return new SttError('audio-invalid', `${name} is a damaged ${container} file: its headers name no audio`);
  }
  return new SttError('audio-invalid', `${name} begins with ${firstBytes(head)}, expected one of ${FORMATS}`);
}

export function unsupportedCodec(name: string, head: Uint8Array, codec: string): SttError {
  const container = containerOf(head);
  const what = container === undefined ? codec : `${codec} in ${container}`;
  return convertFirst(name, `holds ${what}, which this command does not decode`);
}

function convertFirst(name: string, found: string): SttError {
  return new SttError('audio-invalid', `${name} ${found}; convert it first: \`${ffmpegCommand(name)}\``);
}

/** A command line that can be pasted: names are quoted for the shell where they need it. */
function ffmpegCommand(name: string): string {
  if (name === STANDARD_INPUT) return 'ffmpeg -i IN -ar 24000 OUT.wav';
  const output = `${name.replace(/\.[^./\\]*$/, '')}-24k.wav`;
  return `ffmpeg -i ${quoted(name)} -ar 24000 ${quoted(output)}`;
}

function quoted(name: string): string {
  const safe = name.startsWith('-') ? `./${name}` : name;
  return /^[\w./:@%+,-]+$/.test(safe) ? safe : `'${safe.replaceAll("'", "'\\''")}'`;
}

function firstBytes(bytes: Uint8Array): string {
  const head = bytes.subarray(0, 8);
  const printable = head.every((byte) => byte >= 0x20 && byte < 0x7f);
  if (printable) return `"${latin1(head)}"`;
  return `bytes ${Array.from(head, (byte) => byte.toString(16).padStart(2, '0')).join(' ')}`;
}

const containerOf = (head: Uint8Array): string | undefined => nameIn(CONTAINERS, head);

function nameIn(formats: typeof CONTAINERS, head: Uint8Array): string | undefined {
  const text = latin1(head);
  return formats.find(([begins]) => (typeof begins === 'string' ? text.startsWith(begins) : begins.test(text)))?.[1];
}

const latin1 = (bytes: Uint8Array): string => String.fromCharCode(...bytes.subarray(0, 16));
