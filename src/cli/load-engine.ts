/** The options of commands that transcribe, and the engine that they ask for. */
import { fileURLToPath } from 'node:url';
import { Engine } from '../engine/engine.js';
import { SttError } from '../errors.js';
import type { Model } from '../model/model.js';
import type { Backend, EngineInfo } from '../protocol/model.js';
import { defaultCacheFolder } from './folder-store.js';
import { whyNoWebGpu } from './node-webgpu.js';
import { oneOf } from './one-of.js';
import { openAnyModel } from './open-any-model.js';
import { enableRelaxedSimd } from './relaxed-simd.js';
import { nodeHelpers, threadCount, yieldByImmediate } from './threads.js';

const DEMO_MODEL = new URL('../../models/demo-en_fr-q4_0.gguf', import.meta.url);

/** For `parseArgs`. */
export const ENGINE_OPTIONS = {
  model: { type: 'string' },
  hub: { type: 'string' },
  cache: { type: 'string' },
  backend: { type: 'string' },
  build: { type: 'string' },
  threads: { type: 'string' },
} as const;

/** The same for `--help`, after a column of `width` characters. */
export function engineUsage(width: number): string {
  const lines: readonly (readonly [string, ...string[]])[] = [
    [
      '--model',
      'a .gguf file, a folder in the official layout, or, if there is no such path, a model to download: a name',
      '(stt-1b-en_fr, 670 MB), owner/repo[@revision], or a URL (default: the demo model of the package, which',
      'knows a few dozen words)',
    ],
    ['--hub', 'URL of a mirror of the hub that names and owner/repo are downloaded from'],
    ['--cache', `folder for downloads (default: ${defaultCacheFolder()})`],
    [
      '--backend',
      'auto, wasm or webgpu (default auto, which is the CPU; webgpu needs the package webgpu and takes any GPU)',
    ],
    ['--build', 'WASM build: simd or relaxed (default: the fastest that this machine runs)'],
    ['--threads', 'number of CPU threads (default: one per processor, at most four)'],
  ];
  return lines
    .map(([option, ...text]) => `  ${option.padEnd(width)}${text.join(`\n  ${' '.repeat(width)}`)}`)
    .join('\n');
}

export interface EngineChoice {
  readonly model: string;
  readonly hub: string | undefined;
  readonly cache: string;
  readonly backend: Backend | 'auto';
  readonly build: EngineInfo['build'] | undefined;
  readonly threads: number;
}

type EngineValues = { readonly [K in keyof typeof ENGINE_OPTIONS]?: string | undefined };

/** Throws `invalid-argument`. */
export function engineChoice({ model, hub, cache, backend, build, threads }: EngineValues): EngineChoice {
  return {
    model: model ?? fileURLToPath(DEMO_MODEL),
    hub,
    cache: cache ?? defaultCacheFolder(),
    backend: oneOf('--backend', backend ?? 'auto', ['auto', 'wasm', 'webgpu'] as const),
    build: build === undefined ? undefined : oneOf('--build', build, ['simd', 'relaxed'] as const),
    threads: threadCount(threads),
  };
}

/** Opens the model, after a download if necessary, and loads it into an engine, which the caller disposes of. */
export async function loadEngine(choice: EngineChoice): Promise<{ readonly model: Model; readonly engine: Engine }> {
  const { backend, build, threads } = choice;
  if (build !== 'simd') enableRelaxedSimd();
  if (backend === 'webgpu') {
    const whyNot = await whyNoWebGpu({ acceptsSoftware: true });
    if (whyNot !== undefined) throw new SttError('unsupported', `--backend webgpu: ${whyNot}`);
  }
  const model = await openAnyModel(choice.model, choice.hub, choice.cache);
  const engine = await Engine.load(model, {
    backend,
    ...(build && { build }),
    helpers: nodeHelpers(threads),
    yieldToEventLoop: yieldByImmediate,
  });
  return { model, engine };
}
