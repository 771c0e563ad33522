/** Where the bytes of an audio file come from: a file of any size, memory, or a stream such as standard input. */
import { open } from 'node:fs/promises';
import { UnreadableFile } from './unreadable-file.js';

/** The name of the command's standard input in messages. */
export const STANDARD_INPUT = 'standard input';

/** Bytes that are read piece by piece, so that a file's size does not matter. */
export interface AudioBytes {
  /** For error messages. */
  readonly name: string;
  /** Bytes; `undefined` for a stream, which is read once, in order. */
  readonly size: number | undefined;
  /** At most `length` bytes from `position`; none at the end. The caller owns them. */
  read(position: number, length: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** @throws UnreadableFile (`audio-invalid`) if the file cannot be read, or is a folder */
export async function fileBytes(path: string): Promise<AudioBytes> {
  const unreadable = (cause: unknown): never => {
    throw UnreadableFile.because(path, cause);
  };
  const file = await open(path, 'r').catch(unreadable);
  const stats = await file.stat().catch(unreadable);
  if (stats.isDirectory()) {
    await file.close();
    throw UnreadableFile.folder(path);
  }
  const [size, isFile] = [stats.size, stats.isFile()];
  const read = async (position: number | null, length: number): Promise<Uint8Array> => {
    const bytes = new Uint8Array(length);
    const { bytesRead } = await file.read(bytes, 0, length, position).catch(unreadable);
    return bytes.subarray(0, bytesRead);
  };
  return {
    name: path,
    // A pipe or a device such as /dev/stdin has no size and no positions.
    size: isFile ? size : undefined,
    read: (position, length) => read(isFile ? position : null, length),
    close: () => file.close(),
  };
}

export function memoryBytes(bytes: Uint8Array, name: string): AudioBytes {
  return {
    name,
    size: bytes.length,
    read: (position, length) => Promise.resolve(bytes.slice(position, position + length)),
    close: () => Promise.resolve(),
  };
}

/** A stream such as `process.stdin`. */
export function streamBytes(stream: AsyncIterable<Uint8Array>, name: string): AudioBytes {
  const chunks = stream[Symbol.asyncIterator]();
  return {
    name,
    size: undefined,
    read: async () => {
      for (;;) {
        const next = await chunks.next();
        if (next.done) return new Uint8Array(0);
        if (next.value.length > 0) return next.value.slice(); // an empty chunk is not the end
      }
    },
    close: async () => {
      await chunks.return?.();
    },
  };
}
