/** The bytes of a file whose first ones have been looked at. */
import { SttError } from '../../errors.js';
import type { AudioBytes } from './audio-bytes.js';

/** Bytes that identify a format. */
const HEAD_SIZE = 16;
/** How much of a stream is looked at: longer than the tags before the audio, unless they hold a picture. */
const STREAM_HEAD = 256 * 1024;
const ID3_HEADER = 10;

/**
 * Reads the head of a file without consuming it, and remembers a failed read, which a decoder takes for the end of the file.
 * Use `sniff` to make one.
 */
export class SniffedBytes implements AudioBytes {
  readonly name: string;
  readonly size: number | undefined;
  /** The first bytes after any ID3 tags, which say what the file is. */
  readonly head: Uint8Array;
  /** The cause of a read that failed. */
  error: SttError | undefined;
  readonly #input: AudioBytes;
  readonly #skip: number;
  #first: Uint8Array | undefined;

  /**
   * @param first what was read from a stream
   * @param skip bytes before the file that no decoder expects
   */
  constructor(input: AudioBytes, head: Uint8Array, first: Uint8Array | undefined, skip: number) {
    this.#input = input;
    this.#first = first;
    this.#skip = skip;
    this.head = head;
    this.name = input.name;
    this.size = input.size === undefined ? undefined : input.size - skip;
  }

  async read(position: number, length: number): Promise<Uint8Array> {
    const first = this.#first;
    if (first) {
      this.#first = undefined;
      return first;
    }
    try {
      return await this.#input.read(position + this.#skip, length);
    } catch (cause) {
      this.error = SttError.from(cause, `${this.name} cannot be read`, 'audio-invalid');
      throw this.error;
    }
  }

  close(): Promise<void> {
    return this.#input.close();
  }
}

export async function sniff(input: AudioBytes): Promise<SniffedBytes> {
  const isStream = input.size === undefined;
  const first = isStream ? await readUpTo(input, STREAM_HEAD) : undefined;
  const bytesAt = async (position: number): Promise<Uint8Array> =>
    first ? first.subarray(position, position + HEAD_SIZE) : input.read(position, HEAD_SIZE);
  let start = 0;
  let head = await bytesAt(0);
  for (let tag = tagLength(head); tag > 0; tag = tagLength(head)) {
    const after = await bytesAt(start + tag);
    if (after.length === 0) break;
    start += tag;
    head = after;
  }
  // Decoders skip tags before MP3, FLAC and AAC; a tag before a RIFF file is a mistake of its writer.
  const skip = /^(RIFF|RIFX|RF64|BW64|OggS)/.test(String.fromCharCode(...head)) ? start : 0;
  return new SniffedBytes(input, head, first?.slice(skip), skip);
}

async function readUpTo(input: AudioBytes, length: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let total = 0;
  // A live stream gives little at a time: only a tag, which precedes the audio, is worth waiting for.
  do {
    const part = await input.read(total, length - total);
    if (part.length === 0) break;
    parts.push(part);
    total += part.length;
  } while (total < HEAD_SIZE || (total < length && total < tagLength(parts[0] ?? new Uint8Array(0)) + HEAD_SIZE));
  const whole = new Uint8Array(total);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The length of the ID3v2 tag that begins here; 0 if none does. Its size has 7 bits in each byte. */
function tagLength(bytes: Uint8Array): number {
  if (bytes.length < ID3_HEADER || String.fromCharCode(...bytes.subarray(0, 3)) !== 'ID3') return 0;
  const size = bytes.subarray(6, 10).reduce((total, byte) => total * 128 + (byte & 0x7f), 0);
  const footer = (bytes[5] ?? 0) & 0x10 ? ID3_HEADER : 0;
  return ID3_HEADER + size + footer;
}
