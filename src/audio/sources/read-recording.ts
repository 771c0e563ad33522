/** Reads the bytes of a recording from memory, a file or a URL. */
import { SttError } from '../../errors.js';
import { whyNotFetched } from '../../protocol/urls.js';
import { isArrayBuffer, isBlob, isFile } from '../platform-objects.js';

/** A recording. A string is a URL, relative to the page. */
export type RecordingInput = Blob | ArrayBuffer | URL | string;

/** The bytes, owned by the reader, and their name in error messages. */
export interface RecordingBytes {
  readonly bytes: ArrayBuffer;
  readonly name: string;
}

/** @throws SttError 'invalid-argument' for a URL that cannot work, 'network' if it cannot be downloaded, 'audio-invalid' if a file cannot be read; AbortError */
export async function readRecording(input: RecordingInput, signal: AbortSignal): Promise<RecordingBytes> {
  // A copy, because the decoder detaches its buffer and this one belongs to the caller.
  if (isArrayBuffer(input)) return { bytes: input.slice(0), name: 'recording' };
  if (isBlob(input)) return readBlob(input);
  return download(urlOf(input), signal);
}

/** Schemes of recordings that the page made. */
const OWN_SCHEMES = ['blob:', 'data:'];

/** @throws SttError 'invalid-argument' for a URL that cannot work */
function urlOf(input: URL | string): string {
  const expected = 'the URL of a recording, absolute or relative to the page';
  if (input === '' || !URL.canParse(input, document.baseURI))
    throw new SttError('invalid-argument', `${JSON.stringify(input)} is not a valid URL: expected ${expected}`);
  const url = new URL(input, document.baseURI);
  if (!URL.canParse(input)) url.username = url.password = ''; // the page's own
  const why = whyNotFetched(url, OWN_SCHEMES);
  if (why !== undefined) throw new SttError('invalid-argument', `${url.href}: ${why}; expected ${expected}`);
  return url.href;
}

async function readBlob(blob: Blob): Promise<RecordingBytes> {
  const name = isFile(blob) ? blob.name : `recording (${blob.type || 'unknown type'})`;
  try {
    return { bytes: await blob.arrayBuffer(), name };
  } catch (cause) {
    throw SttError.from(cause, `${name}: could not be read (${blob.size} bytes)`, 'audio-invalid', 'unreadable');
  }
}

async function download(url: string, signal: AbortSignal): Promise<RecordingBytes> {
  try {
    const response = await fetch(url, { signal });
    if (!response.ok)
      throw new SttError('network', `${response.status} ${response.statusText} from ${url}`, {
        fault: 'not-downloaded',
      });
    return { bytes: await response.arrayBuffer(), name: url };
  } catch (cause) {
    signal.throwIfAborted();
    throw SttError.from(cause, url, 'network', 'not-downloaded');
  }
}
