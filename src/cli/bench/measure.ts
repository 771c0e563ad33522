/** Runs one stream through an engine until its window is full and some frames more, and notes what everything takes. */
import { loadBackends } from '../../engine/backends.js';
import { Engine } from '../../engine/engine.js';
import type { SttError } from '../../errors.js';
import { alignmentOf } from '../../lm/delayed-streams.js';
import type { EngineInfo } from '../../protocol/messages.js';
import { SentencePiece } from '../../text/sentencepiece.js';
import type { Helpers } from '../../wasm/pool.js';
import { openModelFromPath } from '../open-model-from-path.js';
import { timedLm, timedMimi, Times } from './stopwatch.js';
import { summarise, type Summary } from './summary.js';

/** Frames before anything is noted: the first runs of WebAssembly code are in its quick, unoptimised form. */
const WARM_UP = 24;
/** Steps of a stream that count as those of an empty window. */
const EMPTY = 32;
/** Frames pushed ahead: enough that the engine never waits, few enough that it does no more than it has to. */
const AHEAD = 2;

export interface BenchOptions {
  readonly model: string;
  /** [n] f32 at the model's rate, repeated as often as it takes; given the rate once that is known. */
  readonly sound: (sampleRate: number) => Promise<Float32Array>;
  /** Frames at a full window. */
  readonly frames: number;
  readonly build: EngineInfo['build'] | undefined;
  /** Threads that share the work; default one. */
  readonly helpers?: Helpers | undefined;
  /** Told after each frame. */
  readonly progress: (done: number, total: number) => void;
}

/** Times in milliseconds, sizes in bytes. */
export interface BenchResult {
  readonly engine: EngineInfo;
  readonly threads: number;
  readonly load: { readonly openMs: number; readonly prepareMs: number; readonly firstFrameMs: number };
  /** Keys of the window, all of them there from step `window` on. */
  readonly window: number;
  readonly frameMs: number;
  /** The codec, per frame. */
  readonly mimi: Summary;
  /** The language model, per step: of the stream's first steps, and once the window is full. */
  readonly lmEmpty: Summary;
  readonly lmFull: Summary;
  /** The whole path of a frame, from one answer to the next, at a full window. */
  readonly path: Summary;
  /** Share of real time that the whole path takes at a full window. */
  readonly rtf: number;
  /** From the moment a word begins until its first letters can be shown. */
  readonly firstWord: { readonly frames: number; readonly delayMs: number; readonly computeMs: number };
  readonly memory: {
    /** All tensors as stored. */
    readonly modelBytes: number;
    readonly wasmBytes: number;
    /** The process's highest, once it was loaded and at the end. */
    readonly loadedRssBytes: number;
    readonly peakRssBytes: number;
  };
}

export async function measure(options: BenchOptions): Promise<BenchResult> {
  const { model: path, sound, frames, build, helpers, progress } = options;
  const times = new Times();
  const began = performance.now();
  const model = await openModelFromPath(path);
  const opened = performance.now();
  const { config, name } = model;
  const tokenizer = SentencePiece.parse(model.tokenizer, `${name}: tokenizer`, config.lm.textCard);
  // As `Engine.load` does it, with a stopwatch in between.
  const backends = await loadBackends(model, { backend: 'wasm', helpers, ...(build && { build }) });
  const [mimi, lm] = [timedMimi(backends.mimi, times), timedLm(backends.lm, times)];
  const engine = new Engine({ name, config, tokenizer, ...backends, mimi, lm }, { yieldToEventLoop: yieldByImmediate });
  const loaded = performance.now();
  const loadedRssBytes = peakRss();

  try {
    const samples = await sound(engine.sampleRate);
    const total = config.lm.context + frames;
    const [firstFrameMs = 0] = await run(engine, samples, WARM_UP, () => undefined);
    times.clear();
    const path = await run(engine, samples, total, (done) => progress(done, total));
    const full = summarise(path.slice(-frames));
    const frameMs = 1000 / config.mimi.frameRate;
    const { delaySteps } = alignmentOf(config);
    return {
      engine: engine.info(),
      threads: engine.info().threads,
      load: { openMs: opened - began, prepareMs: loaded - opened, firstFrameMs },
      window: config.lm.context,
      frameMs,
      mimi: summarise(times.mimi.slice(-frames)),
      lmEmpty: summarise(times.lm.slice(1, 1 + EMPTY)),
      lmFull: summarise(times.lm.slice(-frames)),
      path: full,
      rtf: full.mean / frameMs,
      firstWord: { frames: delaySteps, delayMs: delaySteps * frameMs, computeMs: full.p50 },
      memory: {
        modelBytes: [...model.tensors.values()].reduce((sum, { byteLength }) => sum + byteLength, 0),
        wasmBytes: engine.memoryBytes,
        loadedRssBytes,
        peakRssBytes: peakRss(),
      },
    };
  } finally {
    engine.dispose();
  }
}

/** Milliseconds from one frame's answer to the next, `count` of them; the first from when it was pushed. */
async function run(
  engine: Engine,
  samples: Float32Array,
  count: number,
  progress: (done: number) => void,
): Promise<number[]> {
  const took: number[] = [];
  let pushed = 0;
  let last = performance.now();
  let finish = (): void => undefined;
  let fail: (error: SttError) => void = () => undefined;
  const finished = new Promise<void>((resolve, reject) => {
    finish = resolve;
    fail = reject;
  });
  const push = (): void => {
    if (pushed < count) session.push(frameAt(samples, pushed++, engine.frameSize));
  };
  const session = engine.open({
    partial: () => undefined,
    word: () => undefined,
    wordEnd: () => undefined,
    turn: () => undefined,
    final: () => undefined,
    recovered: () => undefined,
    backlog: () => undefined,
    taken: () => {
      const now = performance.now();
      took.push(now - last);
      last = now;
      progress(took.length);
      if (took.length === count) finish();
      else push();
    },
    failed: (error) => fail(error),
  });
  try {
    for (let i = 0; i < AHEAD; i++) push();
    await finished;
  } finally {
    session.abort();
  }
  return took;
}

/** Frame `index` of the sound over and over. */
function frameAt(samples: Float32Array, index: number, frameSize: number): Float32Array {
  const frame = new Float32Array(frameSize);
  for (let i = 0; i < frameSize; i++) frame[i] = samples[(index * frameSize + i) % samples.length] ?? 0;
  return frame;
}

/** Bytes. */
function peakRss(): number {
  return process.resourceUsage().maxRSS * 1024; // kilobytes on every system that Node runs on
}

/** Node's way to the event loop; its timers wait a millisecond, longer than a frame of a small model. */
const yieldByImmediate = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
