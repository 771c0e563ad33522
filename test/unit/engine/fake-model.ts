/** A fake codec and a fake language model that replay the codes and tokens of an official run. */
import { readFileSync } from 'node:fs';
import type { LanguageModel, LmResult, LmStream } from '../../../src/lm/language-model.js';
import type { Mimi, MimiStream } from '../../../src/mimi/mimi.js';
import type { SttConfig } from '../../../src/model/config.js';
import type { GpuMetrics } from '../../../src/protocol/stream-events.js';
import { SentencePiece } from '../../../src/text/sentencepiece.js';

const fixtures = new URL('../../fixtures/', import.meta.url);

export interface Run {
  readonly text: string;
  readonly tokens: readonly number[];
  /** [steps, heads] */
  readonly vad: readonly (readonly number[])[];
  readonly words: readonly { readonly text: string; readonly start: number; readonly stop: number | null }[];
}

/** The official implementation's result for a clip. */
export function officialRun(clip: string): { readonly frames: number; readonly official: Run } {
  return JSON.parse(readFileSync(new URL(`clips/${clip}.json`, fixtures), 'utf8')) as { frames: number; official: Run };
}

export const FRAME_SIZE = 1920;

export const config: SttConfig = {
  lm: {
    dim: 256,
    numLayers: 4,
    numHeads: 4,
    hidden: 704,
    nQ: 8,
    card: 256,
    textCard: 256,
    context: 128,
    maxPeriod: 100_000,
    paddingToken: 3,
    endOfPaddingToken: 0,
    pauseHeads: 4,
    pauseClasses: 6,
    audioDelaySeconds: 0.5,
    silencePrefixSeconds: 0,
  },
  mimi: {
    sampleRate: 24_000,
    frameRate: 12.5,
    seanet: {
      nFilters: 64,
      dimension: 512,
      kernelSize: 7,
      residualKernelSize: 3,
      lastKernelSize: 3,
      compress: 2,
      strides: [4, 5, 6, 8],
    },
    transformer: { dim: 512, numHeads: 8, numLayers: 8, context: 250, maxPeriod: 10_000, hidden: 2048 },
    downsampleStride: 2,
    quantizer: { dimension: 256, nQ: 8, bins: 256 },
  },
};

export const tokenizer = SentencePiece.parse(
  readFileSync(new URL('demo/tokenizer_tiny_en_fr_256.model', fixtures)),
  'tokenizer_tiny_en_fr_256.model',
  256,
);

/** The calls of a fake stream, in order. */
export interface Trace {
  /** Mean of each encoded frame; 0 for silence. */
  readonly encoded: number[];
  /** First code of each step; null for the initial one. */
  readonly stepped: (number | null)[];
  closed: boolean;
}

/** A codec whose codes all equal the number of frames encoded before. */
export class FakeMimi implements Mimi {
  readonly config = config.mimi;
  readonly frameSize = FRAME_SIZE;
  readonly slots = 2;
  readonly traces: Trace[] = [];
  /** Number of streams in each batch. */
  readonly together: number[] = [];
  live = 0;
  disposed = false;

  open(): MimiStream {
    this.live++;
    const trace: Trace = { encoded: [], stepped: [], closed: false };
    this.traces.push(trace);
    const codes = new Uint32Array(config.mimi.quantizer.nQ);
    return {
      latent: new Float32Array(512),
      codes,
      encode: (pcm) => {
        codes.fill(trace.encoded.length);
        trace.encoded.push(pcm.reduce((sum, x) => sum + x, 0) / pcm.length);
        return codes;
      },
      reset: () => undefined,
      close: () => {
        if (trace.closed) throw new Error('closed twice');
        trace.closed = true;
        this.live--;
      },
    };
  }

  encodeBatch(streams: readonly MimiStream[], frames: readonly Float32Array[]): void {
    this.together.push(streams.length);
    for (const [i, stream] of streams.entries()) stream.encode(frames[i]!);
  }

  dispose(): void {
    this.disposed = true;
  }
}

/** A model that replays one of `runs` for each new stream, then gives padding and a pause. */
export class FakeLm implements LanguageModel {
  readonly backend = 'wasm';
  readonly config = config.lm;
  readonly traces: Pick<Trace, 'stepped'>[] = [];
  /** The stream of each step, in the order they were pushed. */
  readonly order: number[] = [];
  /** The token probability at a step; default 1. */
  probability: (stream: number, step: number) => number = () => 1;
  /** The probability of every pause head at a step; the run's if undefined. */
  pause: (stream: number, step: number) => number | undefined = () => undefined;
  /** Delivers the result of a step to the sink; default: at once. */
  deliver: (result: () => void) => void = (result) => result();
  /** Whether steps wait for `flush` or `settled`; otherwise they run when pushed. */
  waitsForFlush = false;
  /** The runs that streams replay after each reset, in order. */
  afterReset: (Run | undefined)[] = [];
  /** An error that `flush` throws once. */
  flushFailure: Error | undefined;
  /** For each flush, the streams that pushed steps since the previous one. */
  readonly flushes: number[][] = [];
  /** Reports GPU metrics, if set. */
  gpu?: () => GpuMetrics;
  /** An error with which `settled` rejects. */
  broken: Error | undefined;
  live = 0;
  disposed = false;
  /** Tables of phrases, with the stream that prefers them. */
  readonly preferred: [stream: number, phrases: Uint32Array][] = [];
  readonly #runs: readonly (Run | undefined)[];
  readonly #pushed = new Set<number>();
  readonly #queued: { readonly stream: number; readonly run: () => void }[] = [];

  constructor(...runs: readonly (Run | undefined)[]) {
    this.#runs = runs;
  }

  open(sink: (result: LmResult) => void): LmStream {
    this.live++;
    const stream = this.traces.length;
    let run = this.#runs[stream];
    /** Steps before the last reset. */
    let before = 0;
    const trace: Pick<Trace, 'stepped'> = { stepped: [] };
    this.traces.push(trace);
    let closed = false;
    let delivered = 0;
    const settling: { resolve: () => void; reject: (cause: unknown) => void }[] = [];
    const runQueued = (): void => this.#run((step) => step.stream === stream);
    return {
      get steps() {
        return trace.stepped.length - before;
      },
      get pending() {
        return trace.stepped.length - before - delivered;
      },
      push: (codes) => {
        if (closed) throw new Error('pushed after close');
        const step = trace.stepped.length - before;
        trace.stepped.push(codes ? (codes[0] ?? -1) : null);
        this.order.push(stream);
        this.#pushed.add(stream);
        const override = this.pause(stream, step);
        const pause = Float32Array.from(run?.vad[step] ?? [0.9, 0.9, 0.9, 0.9], (v) => override ?? v);
        const token = run?.tokens[step] ?? config.lm.paddingToken;
        const probability = this.probability(stream, step);
        const deliver = (): void => {
          delivered++;
          sink({ step, token, probability, pause });
          if (delivered === trace.stepped.length - before) for (const { resolve } of settling.splice(0)) resolve();
        };
        this.#queued.push({
          stream,
          run: () => {
            if (closed) throw new Error('ran after close');
            this.deliver(deliver);
          },
        });
        if (!this.waitsForFlush) runQueued();
      },
      settled: () => {
        if (this.broken) return Promise.reject(this.broken);
        runQueued();
        if (delivered === trace.stepped.length - before) return Promise.resolve();
        return new Promise((resolve, reject) => settling.push({ resolve, reject }));
      },
      prefer: (phrases) => this.preferred.push([stream, phrases]),
      reset: () => {
        this.#take((step) => step.stream === stream);
        before = trace.stepped.length;
        delivered = 0;
        run = this.afterReset.shift();
      },
      close: () => {
        if (closed) throw new Error('closed twice');
        closed = true;
        this.live--;
        this.#take((step) => step.stream === stream);
      },
    };
  }

  flush(): void {
    this.flushes.push([...this.#pushed]);
    this.#pushed.clear();
    const failure = this.flushFailure;
    this.flushFailure = undefined;
    if (failure) throw failure;
    this.#run(() => true);
  }

  dispose(): void {
    this.disposed = true;
  }

  #run(which: (step: { readonly stream: number }) => boolean): void {
    for (const { run } of this.#take(which)) run();
  }

  #take(which: (step: { readonly stream: number }) => boolean): { readonly run: () => void }[] {
    const all = this.#queued.splice(0);
    this.#queued.push(...all.filter((step) => !which(step)));
    return all.filter(which);
  }
}
