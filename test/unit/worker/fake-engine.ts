/** A fake engine controlled by the first sample of each frame, and a fake loader controlled by the model's URL. */
import { turnOptions } from '../../../src/engine/turn-options.js';
import { SttError, type SttErrorCode } from '../../../src/errors.js';
import type { Phrase, StreamChoices } from '../../../src/protocol/messages.js';
import type { Backend, EngineInfo } from '../../../src/protocol/model.js';
import type { GpuMetrics, SessionEvent } from '../../../src/protocol/stream-events.js';
import type { EngineLoader, HostedEngine, HostedSession } from '../../../src/worker/engine-pool.js';

/** Meanings of a frame's first sample. */
export const DO = { nothing: 0, word: 1, partial: 2, turn: 3, fail: 4, backlog: 5, recover: 6 } as const;

export const FRAME_SECONDS = 0.08;
const FRAME_SIZE = 1920;

/** A frame that makes the engine do `what`. */
export function frame(what: keyof typeof DO): Float32Array<ArrayBuffer> {
  const pcm = new Float32Array(FRAME_SIZE);
  pcm[0] = DO[what];
  return pcm;
}

class FakeSession implements HostedSession {
  readonly #emit: (event: SessionEvent) => void;
  readonly #over: () => void;
  readonly #says: readonly string[];
  #frames = 0;
  #words = 0;
  #phrases: readonly Phrase[] = [];

  /** `says`: its first words; later ones are numbered. */
  constructor(emit: (event: SessionEvent) => void, over: () => void, says: readonly string[]) {
    this.#emit = emit;
    this.#over = over;
    this.#says = says;
  }

  push(pcm: Float32Array): void {
    const start = this.#frames * FRAME_SECONDS;
    const index = this.#frames++;
    switch (pcm[0]) {
      case DO.word: {
        const word = this.#words++;
        if (word > 0) this.#emit({ type: 'word-end', index: word - 1, end: start });
        this.#emit({
          type: 'word',
          word: {
            index: word,
            text: this.#phrases[0]?.phrase ?? this.#says[word] ?? `word${word}`,
            start,
            end: start + FRAME_SECONDS,
            confidence: 0.5,
          },
        });
        break;
      }
      case DO.partial:
        this.#emit({ type: 'partial', text: 'wor', start });
        break;
      case DO.turn:
        this.#emit({ type: 'turn', time: start, probability: 0.9 });
        this.#emit({ type: 'final' });
        break;
      case DO.fail:
        this.#emit({ type: 'error', error: new SttError('internal', 'The fake engine failed on request').toWire() });
        this.#over();
        return;
      case DO.recover:
        this.#emit({ type: 'recovery', reason: 'silent', since: 1.5 });
        break;
      case DO.backlog:
        this.#emit({ type: 'backlog', seconds: 3 });
        break;
      default: // nothing
    }
    this.#emit({ type: 'consumed', index });
  }

  async finish(): Promise<void> {
    // As in the real engine, the last word arrives with the flush.
    await new Promise((resolve) => setTimeout(resolve, 20));
    this.push(frame('word'));
    this.#over();
    const audioSeconds = this.#frames * FRAME_SECONDS;
    const metrics = {
      frames: this.#frames,
      steps: this.#frames,
      audioSeconds,
      mimiMs: 1,
      lmMs: 1,
      rtf: 0.1,
      peakBacklog: 1,
      recoveries: 0,
      refreshes: 0,
      memoryBytes: 0,
    };
    this.#emit({ type: 'end', metrics });
  }

  /** Its words are the first phrase from now on. */
  prefer(phrases: readonly Phrase[]): void {
    if (phrases.some(({ boost = 1 }) => boost > 10)) throw new SttError('invalid-argument', 'The boost is too large');
    this.#phrases = phrases;
  }

  abort(): void {
    this.#over();
  }
}

export class FakeEngine implements HostedEngine {
  readonly #info: EngineInfo;
  sessions = 0;
  disposed = false;
  /** Simulates the loss of the GPU. */
  lose: (error: SttError) => void = () => undefined;
  readonly lost = new Promise<SttError>((resolve) => (this.lose = resolve));

  readonly gpu: GpuMetrics | undefined;

  readonly #says: readonly string[];

  /** `stepMs`: milliseconds per step of a `webgpu` engine; `says`: the first words of each stream. */
  constructor(loads: number, backend: Backend = 'wasm', stepMs = 10, says: readonly string[] = []) {
    this.#says = says;
    this.#info = { model: 'fake', backend, build: 'simd', threads: 1, engineId: `fake-${loads}`, loads, pauseHeads: 4 };
    this.gpu = backend === 'webgpu' ? gpuMetrics(stepMs) : undefined;
  }

  info(): EngineInfo {
    return this.#info;
  }

  open(emit: (event: SessionEvent) => void, { turns = {}, phrases = [] }: StreamChoices = {}): HostedSession {
    turnOptions(turns);
    this.sessions++;
    let open = true;
    const over = (): void => {
      if (open) this.sessions--;
      open = false;
    };
    const session = new FakeSession(emit, over, this.#says);
    session.prefer(phrases);
    return session;
  }

  dispose(): void {
    this.disposed = true;
  }
}

/** GPU metrics with the given time per step and no other figures. */
export function gpuMetrics(stepMs: number): GpuMetrics {
  return {
    adapter: 'acme fast',
    isSoftware: false,
    plan: 'fused',
    variant: 'fake',
    stepMs,
    gbPerSecond: 0,
    dispatches: 0,
    bytesPerStep: 0,
    steps: 0,
    submits: 0,
    readBacks: 0,
  };
}

let loads = 0;
/** Models that were asked for before. */
const known = new Set<string>();

/**
 * Loads a fake engine, controlled by the query of the model's URL. `ms`: delay before each of three progress reports;
 * `fail`: the error code to reject with (`quota` only if `whenFull` is `error`); `once`: fail only the first time; `rate`:
 * reported bytes per second; `prepare`: milliseconds to prepare the engine after the download; `gate`: it is prepared once
 * `open` arrives on the BroadcastChannel of that name; `arrive`: the same for its download; `says`: the first words of each stream.
 */
export const loadFakeEngine: EngineLoader = async (model, progress, signal, whenFull, onBegin) => {
  const url = 'url' in model ? model.url : 'gguf' in model ? model.gguf : model.hub;
  const query = new URL(url).searchParams;
  const isFirst = !known.has(url);
  known.add(url);
  loads++;
  const rate = Number(query.get('rate') ?? 0);
  const report = (loaded: number): void =>
    progress({
      ...{ phase: 'download', loaded, total: 2e6 },
      ...(rate > 0 && { bytesPerSecond: rate }),
      ...(paused && { paused }),
    });
  let paused = false as boolean;
  let resumed = (): void => undefined;
  let before = 0;
  onBegin({
    pause: () => {
      paused = true;
      report(before);
    },
    resume: () => {
      paused = false;
      report(before);
      resumed();
    },
  });
  for (let loaded = 0; loaded <= 2e6; loaded += 1e6) {
    await new Promise((resolve) => setTimeout(resolve, Number(query.get('ms') ?? 0)));
    if (paused) await new Promise<void>((resolve) => (resumed = resolve));
    signal.throwIfAborted();
    report((before = loaded));
  }
  const arrive = query.get('arrive');
  if (arrive !== null) await opened(arrive);
  const fail = query.get('fail');
  const helped = fail === 'quota' && whenFull === 'memory';
  if (fail && !helped && (!query.has('once') || isFirst))
    throw new SttError(fail as SttErrorCode, `The model ${query} failed on request`);
  const engine = new FakeEngine(loads, 'wasm', 10, query.get('says')?.split(' '));
  return async () => {
    const gate = query.get('gate');
    if (gate === null) await new Promise((resolve) => setTimeout(resolve, Number(query.get('prepare') ?? 0)));
    else await opened(gate);
    return engine;
  };
};

/** The gate may have been opened before: it answers a question. */
async function opened(name: string): Promise<void> {
  const channel = new BroadcastChannel(name);
  await new Promise<void>((resolve) => {
    channel.onmessage = ({ data }) => data === 'open' && resolve();
    channel.postMessage('open?');
  });
  channel.close();
}
