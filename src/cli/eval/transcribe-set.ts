/** Transcribes a test set with several streams of one engine. */
import { stat } from 'node:fs/promises';
import type { Engine } from '../../engine/engine.js';
import type { SttError } from '../../errors.js';
import { fileBytes } from '../audio/audio-bytes.js';
import { errorNaming } from '../audio/error-naming.js';
import { streamAudio } from '../read-audio.js';
import { transcribeSamples } from '../transcribe-samples.js';
import type { Result } from './results-file.js';
import type { Utterance } from './utterances.js';

export interface SetHandlers {
  done(result: Result): void;
  failed(utterance: Utterance, error: SttError): void;
  /** After each utterance. @param share of the audio's bytes, 0 … 1 */
  progress(share: number): void;
}

/** An utterance and the size of its audio; undefined if there is no such file. */
interface Sized {
  readonly utterance: Utterance;
  readonly bytes: number | undefined;
}

/**
 * Transcribes what `earlier` does not have. A bad recording is reported and the others are transcribed. Rejects when the
 * engine fails or when a handler throws.
 */
export async function transcribeSet(
  engine: Engine,
  utterances: readonly Utterance[],
  streams: number,
  earlier: ReadonlyMap<string, Result>,
  handlers: SetHandlers,
): Promise<void> {
  const waiting: Sized[] = [];
  for (const utterance of utterances) {
    const bytes = (await stat(utterance.audio).catch(() => undefined))?.size;
    const known = earlier.get(utterance.id);
    if (known?.bytes === bytes && known) handlers.done({ ...known, reference: utterance.reference });
    else waiting.push({ utterance, bytes });
  }
  const total = waiting.reduce((sum, { bytes = 0 }) => sum + bytes, 0);
  let doneBytes = 0;
  let last = performance.now();
  const next = waiting[Symbol.iterator]();
  const work = async (): Promise<void> => {
    for (const { utterance, bytes = 0 } of next) {
      const outcome = await transcribe(engine, utterance);
      doneBytes += bytes;
      if ('error' in outcome) {
        // Anything else would fail for every other utterance as well.
        if (outcome.error.code !== 'audio-invalid') throw outcome.error;
        handlers.failed(utterance, outcome.error);
      } else {
        const now = performance.now();
        handlers.done({ ...outcome, bytes, wallSeconds: (now - last) / 1000 });
        last = now;
      }
      handlers.progress(total === 0 ? 1 : doneBytes / total);
    }
  };
  await Promise.all(Array.from({ length: streams }, work));
}

async function transcribe(
  engine: Engine,
  { id, audio, reference }: Utterance,
): Promise<Omit<Result, 'bytes' | 'wallSeconds'> | { readonly error: SttError }> {
  try {
    const pieces = streamAudio(await fileBytes(audio), engine.sampleRate);
    const { text, audioSeconds } = await transcribeSamples(engine, pieces);
    return { id, reference, hypothesis: text, audioSeconds };
  } catch (cause) {
    return { error: errorNaming(audio, cause) };
  }
}
