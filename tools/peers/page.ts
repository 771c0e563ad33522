/** The page's half of `npm run bench:peers`: our kernels, wllama and ONNX Runtime's WASM in one Chromium. */
import { env, InferenceSession, Tensor } from 'onnxruntime-web/wasm';
import { syllables } from '../../src/cli/bench/test-audio.js';
import { loadBackends } from '../../src/engine/backends.js';
import { openModelFromUrl } from '../../src/model/open-model-url.js';
import { mimiTurn, stepTurn } from './our-turns.js';
import type { Window } from './windows.js';

export type PageContender = 'our LM' | 'our Mimi' | 'wllama' | `ort ${number}`;

/** URLs on the page's origin; a peer without one is omitted. */
export interface PageOptions {
  readonly model: string;
  readonly steps: number;
  readonly frames: number;
  readonly wllama?: { readonly module: string; readonly wasm: string; readonly model: string; readonly tokens: number };
  /** One for each window. */
  readonly ort: readonly OrtModel[];
}

interface OrtModel extends Window {
  readonly wasm: string;
  readonly model: string;
}

declare global {
  var loadPeers: (options: PageOptions) => Promise<{ build: string; failed: Partial<Record<PageContender, string>> }>;
  var turnOf: (name: PageContender) => Promise<readonly number[]>;
}

type Turn = () => Promise<readonly number[]>;

const turns = new Map<PageContender, Turn>();

globalThis.loadPeers = async ({ model, steps, frames, wllama, ort }) => {
  const { build, mimi, lm } = await loadBackends(await openModelFromUrl({ url: model }), {});
  turns.set('our LM', stepTurn(lm, steps));
  turns.set('our Mimi', mimiTurn(mimi, frames));
  const failed: Partial<Record<PageContender, string>> = {};
  const attempt = async (name: PageContender, load: () => Promise<Turn>): Promise<void> => {
    try {
      turns.set(name, await load());
    } catch (error) {
      failed[name] = String(error); // goes into the report: the others are still worth a run
    }
  };
  if (wllama) await attempt('wllama', () => wllamaTurn(wllama));
  for (const model of ort) await attempt(`ort ${model.frames}`, () => ortTurn(model));
  return { build, failed };
};

globalThis.turnOf = async (name) => {
  const turn = turns.get(name);
  if (!turn) throw new Error(`${name} is not loaded`);
  return turn();
};

/** The part of @wllama/wllama that is used here. */
interface WllamaModule {
  Wllama: new (paths: { default: string }, config: { suppressNativeLog: boolean }) => Wllama;
}
interface Wllama {
  loadModel(blobs: Blob[], params: { n_ctx: number; n_threads: number; n_gpu_layers: number }): Promise<void>;
  isMultithread(): boolean;
  createCompletion(params: {
    prompt: string;
    max_tokens: number;
    temperature: number;
    cache_prompt: boolean;
    logit_bias: Record<string, number>;
  }): Promise<{ timings?: { predicted_n: number; predicted_ms: number } }>;
}

/** End of sequence in the model's vocabulary: excluded, because it would end a turn early. */
const END = '2';

async function wllamaTurn({ module, wasm, model, tokens }: NonNullable<PageOptions['wllama']>): Promise<Turn> {
  const { Wllama } = (await import(module)) as WllamaModule;
  const wllama = new Wllama({ default: wasm }, { suppressNativeLog: true });
  const file = await (await fetch(model)).blob();
  await wllama.loadModel([file], { n_ctx: 256, n_threads: 1, n_gpu_layers: 0 });
  if (wllama.isMultithread()) throw new Error('wllama: found several threads, expected 1');
  return async () => {
    const { timings } = await wllama.createCompletion({
      prompt: '\n',
      max_tokens: tokens,
      temperature: 0,
      cache_prompt: false,
      logit_bias: { [END]: -100 },
    });
    if (timings?.predicted_n !== tokens)
      throw new Error(`wllama made ${timings?.predicted_n ?? 0} of ${tokens} tokens`);
    return [timings.predicted_ms / (tokens - 1)]; // its clock starts at the first token
  };
}

const SAMPLE_RATE = 24_000;
const FRAME_SECONDS = 0.08;

async function ortTurn({ wasm, model, frames, runs }: OrtModel): Promise<Turn> {
  env.wasm.wasmPaths = { wasm };
  env.wasm.numThreads = 1;
  env.logLevel = 'error';
  const session = await InferenceSession.create(model, { executionProviders: ['wasm'] });
  const [input = '', output = ''] = [session.inputNames[0], session.outputNames[0]];
  const samples = syllables(frames * FRAME_SECONDS, SAMPLE_RATE);
  const sound = new Tensor('float32', samples, [1, 1, samples.length]);
  return async () => {
    const took: number[] = [];
    for (let run = 0; run < runs; run++) {
      const began = performance.now();
      const { [output]: codes } = await session.run({ [input]: sound });
      took.push((performance.now() - began) / frames);
      if (codes?.dims.at(-1) !== frames) throw new Error(`codes are ${String(codes?.dims)}, expected ${frames} frames`);
    }
    return took;
  };
}
