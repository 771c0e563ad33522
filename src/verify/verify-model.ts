/**
 * Checks a model against a reference, part by part, so that a difference names its cause: the codec alone, the language model alone on
 * the official codes, and everything together on the recording. The last two on each backend.
 */
import { loadBackends, type Backends } from '../engine/backends.js';
import { Engine } from '../engine/engine.js';
import { SttError } from '../errors.js';
import { alignmentOf } from '../lm/delayed-streams.js';
import type { LanguageModel, LmResult } from '../lm/language-model.js';
import type { Model } from '../model/model.js';
import { blockBytes, blockSize, type TensorType } from '../model/tensor-types.js';
import type { Backend, EngineInfo } from '../protocol/model.js';
import { SentencePiece } from '../text/sentencepiece.js';
import type { Helpers } from '../wasm/pool.js';
import { ALIGNMENTS, type AlignmentName } from './alignment.js';
import { compareCodes, compareSequences, compareWords, type Match, type WordMatch } from './compare.js';
import { hasCodesOf, hasTokensOf, type Reference } from './reference.js';

export interface VerifyOptions {
  /** The backends to check, and why one is not checked, in a sentence. */
  readonly backends: readonly { readonly name: Backend; readonly whyNot?: string | undefined }[];
  readonly build?: EngineInfo['build'] | undefined;
  readonly helpers?: Helpers | undefined;
  /** Lets the host process its messages. */
  readonly yieldToEventLoop: () => Promise<void>;
  readonly progress?: (stage: Stage, done: number, total: number) => void;
}

/** What is running. */
export type Stage = 'loading' | 'codec' | 'language model' | 'end to end';

/** Times in milliseconds. */
export interface Verification {
  readonly model: string;
  /** Which files were opened because the pinned ones are no longer on their server, in a sentence. */
  readonly instead?: string;
  /** Types of the language model's matrices, the most frequent first. */
  readonly weights: readonly TensorType[];
  readonly reference: Pick<Reference, 'name' | 'source' | 'frames'>;
  readonly audioSeconds: number;
  readonly codec: {
    readonly codebooks: readonly Match[];
    readonly frameMs: number;
    readonly build: EngineInfo['build'];
  };
  /** How the reference aligned codes and steps, and whether it was found by comparison; absent if its tokens are not comparable. */
  readonly alignment?: { readonly name: AlignmentName; readonly isDetected: boolean };
  readonly backends: readonly (BackendResult | SkippedBackend)[];
}

export interface BackendResult {
  readonly backend: Backend;
  readonly adapter?: string;
  readonly threads: number;
  /** The language model alone on the official codes; absent if its tokens are not comparable with the reference's. */
  readonly alone?: { readonly tokens: Match; readonly stepMs: number };
  readonly endToEnd: {
    readonly tokens?: Match;
    readonly text: string;
    readonly words?: WordMatch;
    /** Wall-clock time per second of audio, with the silence that flushes the last words. */
    readonly realTimeFactor: number;
  };
}

export interface SkippedBackend {
  readonly backend: Backend;
  readonly whyNot: string;
}

/** Steps compared to find a reference's alignment: 10 s of speech. */
const PROBE_STEPS = 125;
/** Steps between two returns to the event loop. */
const STEPS_PER_TURN = 4;

/**
 * @param samples the reference's recording, [n] f32 at the model's rate
 * @throws SttError `invalid-argument` if the reference is of another codec
 */
export async function verifyModel(
  model: Model,
  reference: Reference,
  samples: Float32Array,
  options: VerifyOptions,
): Promise<Verification> {
  const { config, name } = model;
  const { lm } = config;
  if (!hasCodesOf(config, reference))
    throw new SttError(
      'invalid-argument',
      `${name}: found ${lm.nQ} codebooks of ${lm.card} entries, expected ${reference.codebooks} of ${reference.codebookSize} as in the reference ${reference.name}`,
    );
  const run = new Run(model, reference, samples, options);
  const results: (BackendResult | SkippedBackend)[] = [];
  for (const { name: backend, whyNot } of options.backends)
    results.push(whyNot === undefined ? await run.backend(backend) : { backend, whyNot });
  return {
    model: name,
    ...(model.notes?.instead !== undefined && { instead: model.notes.instead }),
    weights: weightTypes(model),
    reference: { name: reference.name, source: reference.source, frames: reference.frames },
    audioSeconds: samples.length / config.mimi.sampleRate,
    codec: await run.codec(),
    ...(run.alignment && { alignment: run.alignment }),
    backends: results,
  };
}

/** Whether any matrix of the language model is stored in fewer than 8 bits. */
export function isCoarse({ weights }: Pick<Verification, 'weights'>): boolean {
  return weights.some((type) => (8 * blockBytes(type)) / blockSize(type) < 8);
}

class Run {
  readonly #model: Model;
  readonly #reference: Reference;
  readonly #samples: Float32Array;
  readonly #options: VerifyOptions;
  readonly #tokenizer: SentencePiece;
  readonly #comparable: boolean;
  #codec: Verification['codec'] | undefined;
  #alignment: Verification['alignment'];

  constructor(model: Model, reference: Reference, samples: Float32Array, options: VerifyOptions) {
    this.#model = model;
    this.#reference = reference;
    this.#samples = samples;
    this.#options = options;
    this.#tokenizer = SentencePiece.parse(model.tokenizer, `${model.name}: tokenizer`, model.config.lm.textCard);
    this.#comparable = hasTokensOf(model.config, reference);
    if (this.#comparable && reference.alignment) this.#alignment = { name: reference.alignment, isDetected: false };
  }

  get alignment(): Verification['alignment'] {
    return this.#alignment;
  }

  /** The codec's result. It runs on the CPU under every backend, so it is checked once. */
  async codec(): Promise<Verification['codec']> {
    if (this.#codec) return this.#codec;
    const parts = await this.#load('wasm');
    try {
      return await this.#runCodec(parts);
    } finally {
      release(parts);
    }
  }

  async backend(backend: Backend): Promise<BackendResult> {
    const parts = await this.#load(backend);
    try {
      this.#codec ??= await this.#runCodec(parts);
      const alone = this.#comparable ? await this.#runAlone(parts.lm) : undefined;
      const endToEnd = await this.#runEndToEnd(parts);
      const { adapter } = parts;
      return {
        backend,
        ...(adapter !== undefined && { adapter }),
        threads: parts.threads().threads,
        ...(alone && { alone }),
        endToEnd,
      };
    } finally {
      release(parts);
    }
  }

  async #load(backend: Backend): Promise<Backends> {
    const { build, helpers } = this.#options;
    this.#report('loading', 0, 1);
    const parts = await loadBackends(this.#model, { backend, helpers, ...(build && { build }) });
    this.#report('loading', 1, 1);
    return parts;
  }

  async #runCodec({ mimi, build }: Backends): Promise<Verification['codec']> {
    const { frames, codebooks, codes } = this.#reference;
    const found = new Uint32Array(frames * codebooks);
    const stream = mimi.open();
    let ms = 0;
    try {
      for (let t = 0; t < frames; t++) {
        const began = performance.now();
        found.set(stream.encode(this.#frame(t, mimi.frameSize)).subarray(0, codebooks), t * codebooks);
        ms += performance.now() - began;
        await this.#breathe('codec', t + 1, frames);
      }
    } finally {
      stream.close();
    }
    return { codebooks: compareCodes(found, codes, codebooks), frameMs: ms / frames, build };
  }

  async #runAlone(lm: LanguageModel): Promise<{ readonly tokens: Match; readonly stepMs: number }> {
    const { name } = (this.#alignment ??= { name: await this.#detectAlignment(lm), isDetected: true });
    const { firstStep, steps } = ALIGNMENTS[name];
    const count = steps(this.#reference.frames);
    const began = performance.now();
    const found = await this.#feed(lm, name, count);
    const stepMs = (performance.now() - began) / count;
    return { tokens: compareSequences(found.slice(firstStep), this.#expected(name)), stepMs };
  }

  /** The alignment whose first tokens agree best with the reference's. */
  async #detectAlignment(lm: LanguageModel): Promise<AlignmentName> {
    let best: AlignmentName = 'lag';
    let most = -1;
    const { tokens, frames } = this.#reference;
    const outputs = new Map<unknown, number[]>();
    for (const name of Object.keys(ALIGNMENTS) as AlignmentName[]) {
      const { frameOf, firstStep, steps } = ALIGNMENTS[name];
      if (tokens.length > steps(frames) - firstStep) continue;
      const count = Math.min(PROBE_STEPS + 1, steps(frames));
      const found = outputs.get(frameOf) ?? (await this.#feed(lm, name, count));
      outputs.set(frameOf, found);
      const { equal } = compareSequences(found.slice(firstStep), tokens.slice(0, count - 1));
      if (equal > most) [best, most] = [name, equal];
    }
    return best;
  }

  /** The reference's tokens that a run in this alignment can give. */
  #expected(name: AlignmentName): readonly number[] {
    const { tokens, frames } = this.#reference;
    const { firstStep, steps } = ALIGNMENTS[name];
    return tokens.slice(0, steps(frames) - firstStep);
  }

  /** The tokens of the first `count` steps on the official codes. */
  async #feed(lm: LanguageModel, name: AlignmentName, count: number): Promise<number[]> {
    const { codebooks, codes } = this.#reference;
    const { frameOf } = ALIGNMENTS[name];
    const tokens: number[] = [];
    const row = new Uint32Array(codebooks);
    const stream = lm.open(({ token }) => tokens.push(token));
    try {
      for (let k = 0; k < count; k++) {
        const frame = frameOf(k);
        if (frame !== null) row.set(codes.subarray(frame * codebooks, (frame + 1) * codebooks));
        stream.push(frame === null ? null : row);
        lm.flush();
        if (stream.pending >= STEPS_PER_TURN) await stream.settled();
        await this.#breathe('language model', k + 1, count);
      }
      await stream.settled();
    } finally {
      stream.close();
    }
    return tokens;
  }

  async #runEndToEnd(parts: Backends): Promise<BackendResult['endToEnd']> {
    const { config, name } = this.#model;
    const steps: number[] = [];
    const lm = withSink(parts.lm, ({ token }) => steps.push(token));
    // A replay of the watchdog would hide what the model does.
    const engine = new Engine(
      { ...parts, name, config, tokenizer: this.#tokenizer, lm },
      { yieldToEventLoop: this.#options.yieldToEventLoop, watchdog: false },
    );
    const words: string[] = [];
    const count = Math.ceil(this.#samples.length / engine.frameSize);
    const began = performance.now();
    const session = engine.open((event) => {
      if (event.type === 'word') words.push(event.word.text);
      if (event.type === 'consumed') this.#report('end to end', event.index + 1, count);
    });
    for (let t = 0; t < count; t++) session.push(this.#frame(t, engine.frameSize));
    await session.finish();
    const seconds = (performance.now() - began) / 1000;
    const text = words.join(' ');
    const tokens = this.#alignment && this.#compareStream(steps, this.#alignment.name);
    const { transcript } = this.#reference;
    return {
      ...(tokens && { tokens }),
      text,
      ...(transcript !== undefined && { words: compareWords(text, transcript) }),
      realTimeFactor: (seconds * config.mimi.sampleRate) / this.#samples.length,
    };
  }

  /** Compares the tokens of a stream of ours, from its step 0, which may begin with silence. */
  #compareStream(steps: readonly number[], name: AlignmentName): Match {
    const { firstStep, lag } = ALIGNMENTS[name];
    const { prefixSteps } = alignmentOf(this.#model.config);
    return compareSequences(steps.slice(prefixSteps + firstStep + lag), this.#expected(name));
  }

  /** Frame `t` of the recording, padded with silence: [size] f32. */
  #frame(t: number, size: number): Float32Array {
    const frame = new Float32Array(size);
    frame.set(this.#samples.subarray(t * size, (t + 1) * size));
    return frame;
  }

  async #breathe(stage: Stage, done: number, total: number): Promise<void> {
    this.#report(stage, done, total);
    if (done % STEPS_PER_TURN === 0) await this.#options.yieldToEventLoop();
  }

  #report(stage: Stage, done: number, total: number): void {
    this.#options.progress?.(stage, done, total);
  }
}

function release({ lm, mimi, end }: Backends): void {
  lm.dispose();
  mimi.dispose();
  end();
}

/** A language model whose results also go to `sink`. */
function withSink(lm: LanguageModel, sink: (result: LmResult) => void): LanguageModel {
  return {
    backend: lm.backend,
    config: lm.config,
    ...(lm.lost && { lost: lm.lost }),
    open: (own) =>
      lm.open((result) => {
        sink(result);
        own(result);
      }),
    flush: () => lm.flush(),
    // The caller keeps the model.
    dispose: () => undefined,
  };
}

/** The types of the language model's matrices, the most frequent first. */
export function weightTypes({ tensors }: Model): TensorType[] {
  const counts = new Map<TensorType, number>();
  for (const { name, shape, type } of tensors.values()) {
    if (name.startsWith('mimi.') || shape.length !== 2) continue;
    counts.set(type, (counts.get(type) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a).map(([type]) => type);
}
