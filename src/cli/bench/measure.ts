/** Measures one stream beyond a full window, then one and two streams in turns. */
import { loadBackends } from '../../engine/backends.js';
import { Engine } from '../../engine/engine.js';
import { alignmentOf } from '../../lm/delayed-streams.js';
import type { EngineInfo } from '../../protocol/model.js';
import { SentencePiece } from '../../text/sentencepiece.js';
import type { Helpers } from '../../wasm/pool.js';
import { openModelFromPath } from '../open-model-from-path.js';
import { drive } from './drive.js';
import { timedLm, timedMimi, Times } from './stopwatch.js';
import { summarise, type Summary } from './summary.js';

/** Frames before the measurement: WebAssembly first runs unoptimised code. */
const WARM_UP = 24;
/** Steps that count as an empty window. */
const EMPTY = 32;
/** Rounds of one session and of two alternate, so that a machine that slows down affects both; and frames per round. */
const ROUNDS = 5;
const ROUND = 40;
/** Frames of a round that are not counted: the first wait for sessions to open. */
const LEAD = 4;

export interface BenchOptions {
  readonly model: string;
  /** [n] f32 at the given rate, the model's; repeated as needed. */
  readonly audio: (sampleRate: number) => Promise<Float32Array>;
  /** Frames at a full window. */
  readonly frames: number;
  readonly build: EngineInfo['build'] | undefined;
  /** Threads that share the work; default one. */
  readonly helpers?: Helpers | undefined;
  /** Called after each frame. */
  readonly progress: (done: number, total: number) => void;
}

/** Times in milliseconds, sizes in bytes. */
export interface BenchResult {
  readonly engine: EngineInfo;
  readonly threads: number;
  readonly load: { readonly openMs: number; readonly prepareMs: number; readonly firstFrameMs: number };
  /** Keys of the window; it is full from step `window` on. */
  readonly window: number;
  readonly frameMs: number;
  /** The codec, per frame. */
  readonly mimi: Summary;
  /** The language model, per step: the stream's first steps, and at a full window. */
  readonly lmEmpty: Summary;
  readonly lmFull: Summary;
  /** The whole path of a frame at a full window. */
  readonly path: Summary;
  /** The whole path at a full window, relative to real time. */
  readonly rtf: number;
  /** A frame of one session, a frame of two on the same engine, at a nearly empty window, and the ratio of the medians. */
  readonly sessions: { readonly one: Summary; readonly two: Summary; readonly ratio: number };
  /** From the moment a word begins until its first letters can be shown. */
  readonly firstWord: { readonly frames: number; readonly delayMs: number; readonly computeMs: number };
  readonly memory: {
    /** All tensors as stored. */
    readonly modelBytes: number;
    /** With one session. */
    readonly wasmBytes: number;
    /** The process's peak, after loading and with one session's window full. */
    readonly loadedRssBytes: number;
    readonly peakRssBytes: number;
  };
}

export async function measure(options: BenchOptions): Promise<BenchResult> {
  const { model: path, audio, frames, build, helpers, progress } = options;
  const times = new Times();
  const began = performance.now();
  const model = await openModelFromPath(path);
  const opened = performance.now();
  const { config, name } = model;
  const tokenizer = SentencePiece.parse(model.tokenizer, `${name}: tokenizer`, config.lm.textCard);
  // As `Engine.load`, with stopwatches.
  const backends = await loadBackends(model, { backend: 'wasm', helpers, ...(build && { build }) });
  const [mimi, lm] = [timedMimi(backends.mimi, times), timedLm(backends.lm, times)];
  const parts = { name, config, tokenizer, ...backends };
  const engine = new Engine({ ...parts, mimi, lm }, { yieldToEventLoop: yieldByImmediate });
  const loaded = performance.now();
  const loadedRssBytes = peakRss();

  try {
    const samples = await audio(engine.sampleRate);
    const window = config.lm.context;
    const total = window + frames + 2 * ROUNDS * (LEAD + ROUND);
    const [firstFrameMs = 0] = await drive(engine, samples, 1, WARM_UP, () => undefined);
    times.clear();
    const path = await drive(engine, samples, 1, window + frames, (done) => progress(done, total));
    // The stopwatches do not support batches.
    const untimed = new Engine(parts, { yieldToEventLoop: yieldByImmediate });
    const full = summarise(path.slice(-frames));
    const frameMs = 1000 / config.mimi.frameRate;
    const memory = {
      modelBytes: [...model.tensors.values()].reduce((sum, { byteLength }) => sum + byteLength, 0),
      wasmBytes: engine.memoryBytes,
      loadedRssBytes,
      peakRssBytes: peakRss(),
    };
    const sessions = await compareSessions(untimed, samples, (done) => progress(window + frames + done, total));
    const { delaySteps } = alignmentOf(config);
    return {
      engine: engine.info(),
      threads: engine.info().threads,
      load: { openMs: opened - began, prepareMs: loaded - opened, firstFrameMs },
      window,
      frameMs,
      mimi: summarise(times.mimi.slice(-frames)),
      lmEmpty: summarise(times.lm.slice(1, 1 + EMPTY)),
      lmFull: summarise(times.lm.slice(-frames)),
      path: full,
      rtf: full.mean / frameMs,
      sessions,
      firstWord: { frames: delaySteps, delayMs: delaySteps * frameMs, computeMs: full.p50 },
      memory,
    };
  } finally {
    engine.dispose();
  }
}

async function compareSessions(
  engine: Engine,
  samples: Float32Array,
  progress: (done: number) => void,
): Promise<BenchResult['sessions']> {
  let done = 0;
  const took: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    for (const sessions of [1, 2] as const) {
      const times = await drive(engine, samples, sessions, LEAD + ROUND, () => progress(++done));
      took[sessions - 1]?.push(...times.slice(LEAD));
    }
  }
  const [one, two] = [summarise(took[0]), summarise(took[1])];
  return { one, two, ratio: two.p50 / one.p50 };
}

/** Bytes. */
function peakRss(): number {
  return process.resourceUsage().maxRSS * 1024; // kilobytes on every system that Node runs on
}

/** Yields to the event loop; Node's timers would wait a millisecond, longer than a frame of a small model. */
const yieldByImmediate = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
