/** Transcribes one recording of the command's arguments. */
import type { Engine } from '../../engine/engine.js';
import type { EngineInfo } from '../../protocol/model.js';
import type { WireWord } from '../../protocol/stream-events.js';
import { toJSON } from '../../text/exports.js';
import { fileBytes, STANDARD_INPUT, streamBytes, type AudioBytes } from '../audio/audio-bytes.js';
import { errorNaming } from '../audio/error-naming.js';
import { streamAudio } from '../read-audio.js';
import { outputFailure } from '../standard-output.js';
import { transcribeSamples, type Transcription } from '../transcribe-samples.js';
import { STDIN } from './recordings.js';

export interface TranscribedFile {
  readonly transcription: Transcription;
  /** How long transcribing took, reading included. */
  readonly wallSeconds: number;
}

export interface FileHandlers {
  /** Each word as it is recognised. */
  readonly word?: (word: WireWord) => void;
  /** The number of bytes that have been read, as it grows. */
  readonly read?: (bytes: number) => void;
}

export async function transcribeFile(
  engine: Engine,
  path: string,
  { word, read }: FileHandlers = {},
): Promise<TranscribedFile> {
  const began = performance.now();
  const input = await open(path);
  const pieces = whileOutputLasts(streamAudio(read ? counting(input, read) : input, engine.sampleRate));
  const transcription = await transcribeSamples(engine, pieces, word).catch((cause: unknown) => {
    throwIfOutputFailed();
    throw errorNaming(input.name, cause);
  });
  return { transcription, wallSeconds: (performance.now() - began) / 1000 };
}

export function throwIfOutputFailed(): void {
  const failure = outputFailure();
  if (failure) throw failure;
}

/** The command's JSON of one recording. */
export function jsonOf(
  { transcription, wallSeconds }: TranscribedFile,
  { backend, build, threads, fewerThreads, model, instead, adapter, fallback }: EngineInfo,
): object {
  const { utterances, turns, metrics, audioSeconds } = transcription;
  const engine = { model, instead, backend, build, threads, fewerThreads, adapter, fallback };
  return {
    ...toJSON(utterances.map((words) => ({ words }))),
    turns,
    // JSON omits undefined values.
    metrics: { ...metrics, audioSeconds, wallSeconds, ...engine },
  };
}

/** Ends the transcription of a long recording, or of a live one, when its words can no longer be printed. */
async function* whileOutputLasts(pieces: AsyncIterable<Float32Array>): AsyncGenerator<Float32Array, void, undefined> {
  for await (const piece of pieces) {
    throwIfOutputFailed();
    yield piece;
  }
}

const open = (path: string): Promise<AudioBytes> =>
  path === STDIN ? Promise.resolve(streamBytes(process.stdin, STANDARD_INPUT)) : fileBytes(path);

function counting(input: AudioBytes, count: (bytes: number) => void): AudioBytes {
  let furthest = 0;
  return {
    name: input.name,
    size: input.size,
    read: async (position, length) => {
      const bytes = await input.read(position, length);
      // Headers are read out of order and more than once.
      furthest = Math.max(furthest, position + bytes.length);
      count(furthest);
      return bytes;
    },
    close: () => input.close(),
  };
}
