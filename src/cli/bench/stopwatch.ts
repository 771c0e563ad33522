/** Wraps a codec and a language model to record the duration of their calls. */
import type { LanguageModel, LmResult, LmStream } from '../../lm/language-model.js';
import type { Mimi, MimiStream } from '../../mimi/mimi.js';

/** Milliseconds, in order of the calls. */
export class Times {
  /** One for each frame the codec encoded. */
  readonly mimi: number[] = [];
  /** One for each step of the language model, queueing and running it. */
  readonly lm: number[] = [];

  clear(): void {
    this.mimi.length = 0;
    this.lm.length = 0;
  }
}

/** `mimi`, recording the duration of each frame. */
export function timedMimi(mimi: Mimi, times: Times): Mimi {
  return {
    config: mimi.config,
    frameSize: mimi.frameSize,
    // No batches: single frames are measured.
    slots: 1,
    open: () => timedMimiStream(mimi.open(), times),
    encodeBatch: (streams, frames) => {
      for (const [i, stream] of streams.entries()) stream.encode(frames[i] ?? new Float32Array(0));
    },
    dispose: () => mimi.dispose(),
  };
}

function timedMimiStream(stream: MimiStream, times: Times): MimiStream {
  return {
    get latent() {
      return stream.latent;
    },
    get codes() {
      return stream.codes;
    },
    encode: (pcm) => {
      const began = performance.now();
      const codes = stream.encode(pcm);
      times.mimi.push(performance.now() - began);
      return codes;
    },
    reset: () => stream.reset(),
    close: () => stream.close(),
  };
}

/** `lm`, recording the duration of each step of its only stream: a flush counts for the step queued before it. */
export function timedLm(lm: LanguageModel, times: Times): LanguageModel {
  const add = (run: () => void): void => {
    const began = performance.now();
    run();
    const last = times.lm.length - 1;
    times.lm[last] = (times.lm[last] ?? 0) + performance.now() - began;
  };
  const timedStream = (stream: LmStream): LmStream => ({
    get steps() {
      return stream.steps;
    },
    get pending() {
      return stream.pending;
    },
    push: (codes) => {
      times.lm.push(0);
      add(() => stream.push(codes));
    },
    settled: () => stream.settled(),
    prefer: (phrases) => stream.prefer(phrases),
    reset: () => stream.reset(),
    close: () => stream.close(),
  });
  return {
    backend: lm.backend,
    config: lm.config,
    open: (sink: (result: LmResult) => void) => timedStream(lm.open(sink)),
    flush: () => {
      if (times.lm.length > 0) add(() => lm.flush());
    },
    dispose: () => lm.dispose(),
  };
}
