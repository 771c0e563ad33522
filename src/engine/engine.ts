/** One loaded model shared by many sessions. Runs in workers, pages, tests and Node. */
import { SttError } from '../errors.js';
import type { LanguageModel } from '../lm/language-model.js';
import type { Mimi } from '../mimi/mimi.js';
import type { SttConfig } from '../model/config.js';
import type { Model, ModelNotes } from '../model/model.js';
import type { StreamChoices } from '../protocol/messages.js';
import type { Backend, EngineInfo } from '../protocol/model.js';
import type { GpuMetrics, SessionEvent } from '../protocol/stream-events.js';
import { SentencePiece } from '../text/sentencepiece.js';
import type { TurnOptions } from '../text/turns.js';
import type { Threads } from '../wasm/pool.js';
import { loadAuto } from './auto-backend.js';
import { loadBackends, type BackendOptions } from './backends.js';
import { CodecBatch } from './codec-batch.js';
import { Scheduler, type YieldToEventLoop } from './scheduler.js';
import { Session, type SessionParts } from './session.js';
import { tableOf } from './spelled-phrases.js';
import { turnOptions } from './turn-options.js';
import type { WatchdogOptions } from './watchdog.js';

export interface EngineOptions extends Omit<BackendOptions, 'backend'> {
  /** Where the language model runs; default `auto`: the GPU if it keeps up with speech, else the CPU. */
  readonly backend?: Backend | 'auto';
  /** Most milliseconds per step on a GPU for `auto` to choose it; default `MOST_STEP_MS`. */
  readonly mostStepMs?: number;
  /** How the loop yields to the host's messages between two frames; default a timer. */
  readonly yieldToEventLoop?: YieldToEventLoop;
  /** When a speaker's turn counts as over; defaults in `TurnOptions`. */
  readonly turns?: TurnOptions;
  /** When to restart the model and replay the last seconds; `false` never does. */
  readonly watchdog?: WatchdogOptions | false;
  /** Whether a long stream's model starts again with an empty context in pauses; default no. `metrics.refreshes` counts it. */
  readonly refreshContext?: boolean;
}

/** The parts of an engine. `Engine.load` makes them from a model's files. */
export interface EngineParts {
  readonly name: string;
  readonly config: SttConfig;
  readonly build: EngineInfo['build'];
  readonly mimi: Mimi;
  readonly lm: LanguageModel;
  readonly tokenizer: SentencePiece;
  /** The GPU's name or `unnamed GPU`, if the language model runs on a GPU. */
  readonly adapter?: string;
  /** Why `auto` does not run the language model on a GPU. */
  readonly fallback?: string;
  /** Notes on the model's files for the page. */
  readonly notes?: ModelNotes | undefined;
  /** Bytes of WASM memory in use: weights, and the state of as many streams as were ever open at once. */
  readonly memoryBytes: () => number;
  /** Threads that the CPU's part runs on now; default 1. */
  readonly threads?: () => Threads;
  /** Ends the helper threads. */
  readonly end?: () => void;
}

/** Models loaded on this thread so far. */
let loads = 0;

export class Engine {
  readonly #parts: EngineParts;
  readonly #sessionParts: SessionParts;
  readonly #sessions = new Set<Session>();
  readonly #info: Omit<EngineInfo, keyof Threads>;
  #disposed = false;

  constructor(
    parts: EngineParts,
    options: Pick<EngineOptions, 'yieldToEventLoop' | 'turns' | 'watchdog' | 'refreshContext'> = {},
  ) {
    this.#parts = parts;
    const { config, mimi, lm, tokenizer } = parts;
    const codec = new CodecBatch(mimi);
    const stages = { encode: () => codec.run(), flush: () => lm.flush() };
    const schedule = new Scheduler(stages, options.yieldToEventLoop);
    this.#sessionParts = {
      config,
      mimi,
      codec,
      lm,
      tokenizer,
      schedule,
      turns: options.turns ?? {},
      watchdog: options.watchdog,
      refreshContext: options.refreshContext,
      memoryBytes: parts.memoryBytes,
    };
    loads++;
    this.#info = {
      model: parts.name,
      backend: lm.backend,
      build: parts.build,
      engineId: randomId(),
      loads,
      pauseHeads: config.lm.pauseHeads,
      ...(parts.adapter !== undefined && { adapter: parts.adapter }),
      ...(parts.fallback !== undefined && { fallback: parts.fallback }),
      ...(mimi.unusableCodes && { unusableCodes: mimi.unusableCodes }),
      ...parts.notes,
    };
  }

  /**
   * Prepares a model's weights for this machine. Rejects with `unsupported` if the named backend is not available, and
   * with `tokenizer-invalid` or `model-invalid` for unsuitable files.
   */
  static async load(model: Model, options: EngineOptions = {}): Promise<Engine> {
    // The cheap check first: a wrong tokenizer should fail before the weights are read.
    const tokenizer = SentencePiece.parse(model.tokenizer, `${model.name}: tokenizer`, model.config.lm.textCard);
    const { backend = 'auto' } = options;
    const load = async (on: Backend, fallback?: string): Promise<Engine> => {
      const mustRecord = backend === 'auto' ? () => true : options.mustRecord;
      const backends = await loadBackends(model, { ...options, backend: on, mustRecord });
      const why = fallback === undefined ? {} : { fallback };
      return new Engine(
        { name: model.name, config: model.config, tokenizer, notes: model.notes, ...backends, ...why },
        options,
      );
    };
    if (backend !== 'auto') return load(backend);
    const { mostStepMs } = options;
    return (await loadAuto({ load, release: (engine) => engine.dispose(), mostStepMs })).engine;
  }

  info(): EngineInfo {
    return { ...this.#info, ...(this.#parts.threads?.() ?? { threads: 1 }) };
  }

  /** Resolves when the GPU is lost: sessions fail at their next frame, and the engine must be loaded again. */
  get lost(): Promise<SttError> | undefined {
    return this.#parts.lm.lost;
  }

  /** Metrics of the GPU that runs the language model; undefined on the CPU. */
  get gpu(): GpuMetrics | undefined {
    return this.#parts.lm.gpu?.();
  }

  /** Samples per frame for `Session.push`: 1920, 80 ms at 24 kHz. */
  get frameSize(): number {
    return this.#parts.mimi.frameSize;
  }

  /** Sample rate of the audio for `Session.push`, in Hz. */
  get sampleRate(): number {
    return this.#parts.config.mimi.sampleRate;
  }

  /** Bytes of WASM memory in use: weights, and the state of as many streams as were ever open at once. */
  get memoryBytes(): number {
    return this.#parts.memoryBytes();
  }

  /** Number of open streams. */
  get sessions(): number {
    return this.#sessions.size;
  }

  /**
   * Opens a stream with separate state over the shared weights.
   * @param emit receives the stream's events, from inside the engine's loop, and must not throw
   * @param choices override the engine's options; throws `invalid-argument` for a threshold outside 0 … 1 or an unusable phrase
   */
  open(emit: (event: SessionEvent) => void, choices: StreamChoices = {}): Session {
    if (this.#disposed)
      throw new SttError('invalid-state', `${this.#parts.name}: a session was opened after dispose()`);
    const session = new Session(this.#partsFor(choices), emit, (ended) => this.#sessions.delete(ended));
    this.#sessions.add(session);
    return session;
  }

  #partsFor({ turns, refreshContext, phrases }: StreamChoices): SessionParts {
    return {
      ...this.#sessionParts,
      ...(turns && { turns: { ...this.#sessionParts.turns, ...turnOptions(turns) } }),
      ...(refreshContext !== undefined && { refreshContext }),
      ...(phrases && { phrases: tableOf(this.#parts.tokenizer, phrases) }),
    };
  }

  /** Aborts every session. The weights' memory is freed with the engine object. Further calls do nothing. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const session of [...this.#sessions]) session.abort();
    this.#parts.lm.dispose();
    this.#parts.mimi.dispose();
    this.#parts.end?.();
  }
}

/** `crypto.randomUUID` exists only on secure origins. */
function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
