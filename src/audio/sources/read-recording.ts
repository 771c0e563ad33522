/** Gets the bytes of a recording, wherever it is. */
import { SttError } from '../../errors.js';

/** A recording as a page may hold it. A string is a URL, relative to the page. */
export type RecordingInput = Blob | ArrayBuffer | URL | string;

/** The bytes, the reader's own, and what to call them in a message. */
export interface RecordingBytes {
  readonly bytes: ArrayBuffer;
  readonly name: string;
}

/** @throws SttError 'network' for a URL that cannot be had, 'audio-invalid' for a file that cannot be read; AbortError */
export async function readRecording(input: RecordingInput, signal: AbortSignal): Promise<RecordingBytes> {
  // A copy: the decoder takes its buffer away, and this one is the caller's.
  if (input instanceof ArrayBuffer) return { bytes: input.slice(0), name: 'recording' };
  if (input instanceof Blob) return readBlob(input);
  return download(new URL(input, document.baseURI).href, signal);
}

async function readBlob(blob: Blob): Promise<RecordingBytes> {
  const name = blob instanceof File ? blob.name : `recording (${blob.type || 'unknown type'})`;
  try {
    return { bytes: await blob.arrayBuffer(), name };
  } catch (cause) {
    throw SttError.from(cause, `${name}: cannot read its ${blob.size} bytes`, 'audio-invalid');
  }
}

async function download(url: string, signal: AbortSignal): Promise<RecordingBytes> {
  try {
    const response = await fetch(url, { signal });
    if (!response.ok) throw new SttError('network', `${response.status} ${response.statusText} from ${url}`);
    return { bytes: await response.arrayBuffer(), name: url };
  } catch (cause) {
    signal.throwIfAborted();
    throw SttError.from(cause, url, 'network');
  }
}
