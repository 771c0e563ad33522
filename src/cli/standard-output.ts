/** Prints to standard output: waits for each write, and remembers one that failed. */
import { fstatSync, writeSync } from 'node:fs';
import type { SttError } from '../errors.js';
import { writeError } from './write-error.js';

const STDOUT = 1;

let failure: SttError | undefined;
let isListening = false;

/** Why standard output cannot be written, once a write has failed. */
export function outputFailure(): SttError | undefined {
  return failure;
}

/** Whether the reader of standard output, such as `head`, has closed it: no failure to report. */
export function isClosedOutput(cause: unknown): boolean {
  return cause === failure && (failure?.cause as NodeJS.ErrnoException | undefined)?.code === 'EPIPE';
}

/**
 * Resolves when `text` is written. After a failed write nothing more is written, and each call rejects with the same error.
 *
 * @throws SttError `quota` on a full disk, otherwise `internal`
 */
export async function print(text: string): Promise<void> {
  if (failure) throw failure;
  try {
    if (fstatSync(STDOUT).isFile()) writeAll(text);
    else await writeToStream(text);
  } catch (cause) {
    throw (failure ??= writeError('standard output', cause));
  }
}

/** `process.stdout` ignores that a file took only a part, as on a disk that fills up, and so loses the rest without an error. */
function writeAll(text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length;) at += writeSync(STDOUT, bytes, at);
}

function writeToStream(text: string): Promise<void> {
  if (!isListening) {
    isListening = true;
    // The callback below has the same error; without a listener, Node ends the process with a stack trace.
    process.stdout.on('error', () => undefined);
  }
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (cause) => (cause ? reject(cause) : resolve()));
  });
}
