/** Reports an error on standard error, as a sentence and a remedy for a terminal. */
import type { SttError, SttErrorCode } from '../errors.js';
import { UnreadableFile } from './audio/unreadable-file.js';

/** An error's own remedy addresses a page's visitor. */
const REMEDIES: Readonly<Partial<Record<SttErrorCode, string>>> = {
  'audio-invalid': 'Use a WAV, MP3, FLAC, OGG or WebM recording.',
  'model-invalid': 'Use a complete, undamaged model file.',
  'model-mismatch': 'Use files that were published together, in one of the layouts in docs/guide.md.',
  'tokenizer-invalid': 'Use the tokenizer that was published with this model.',
  'out-of-memory': 'Convert the model to q4_0, or close other programs.',
  network: 'Check the network connection, or name a file on this machine instead. What was downloaded is kept.',
  quota: 'Free up disk space, or write to another disk.',
  unsupported: 'Use a newer Node, or another --backend or --build.',
};

/** @param command such as `kyutai-stt convert` */
export function reportError(command: string, error: SttError): void {
  const remedy = error instanceof UnreadableFile ? error.remedy : REMEDIES[error.code];
  process.stderr.write(`${command}: ${error.message}\n${remedy ? `${remedy}\n` : ''}`);
}
