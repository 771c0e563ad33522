/** The options of commands that transcribe, and the engine that they ask for. */
import { Engine, type EngineOptions } from '../engine/engine.js';
import type { Model } from '../model/model.js';
import type { Backend, EngineInfo } from '../protocol/model.js';
import { requireWebGpu } from './node-webgpu.js';
import { oneOf } from './one-of.js';
import {
  MODEL_OPTIONS,
  MODEL_USAGE,
  openAnyModel,
  optionLines,
  type ModelChoice,
  type OptionText,
} from './open-any-model.js';
import { nodeHelpers, threadCount, yieldByImmediate } from './threads.js';
import { buildOption, enableBuild } from './wasm-build.js';

/** For `parseArgs`. */
export const ENGINE_OPTIONS = {
  ...MODEL_OPTIONS,
  backend: { type: 'string' },
  build: { type: 'string' },
  threads: { type: 'string' },
} as const;

/** The same for `--help`. @param width of the column of options */
export function engineUsage(width: number): string {
  const lines: readonly OptionText[] = [
    ...MODEL_USAGE,
    [
      '--backend',
      'auto, wasm or webgpu (default auto, which is the CPU; webgpu needs the package webgpu and takes any GPU)',
    ],
    ...CPU_USAGE,
  ];
  return optionLines(lines, width);
}

/** For `--help` of every command that runs a model. */
export const CPU_USAGE: readonly OptionText[] = [
  ['--build', 'WASM build: simd or relaxed (default: the fastest that this machine runs)'],
  ['--threads', 'number of CPU threads (default: one per processor, at most four)'],
];

export interface EngineChoice {
  readonly model: ModelChoice;
  readonly backend: Backend | 'auto';
  readonly build: EngineInfo['build'] | undefined;
  readonly threads: number;
}

type EngineValues = { readonly [K in keyof typeof ENGINE_OPTIONS]?: string | undefined };

/** Throws `invalid-argument`. */
export function engineChoice({ model, hub, cache, backend, build, threads }: EngineValues): EngineChoice {
  return {
    model: { model, hub, cache },
    backend: oneOf('--backend', backend ?? 'auto', ['auto', 'wasm', 'webgpu'] as const),
    build: buildOption(build),
    threads: threadCount(threads),
  };
}

/** Opens the model, after a download if necessary, and loads it into an engine, which the caller disposes of. */
export async function loadEngine(
  choice: EngineChoice,
  options: Pick<EngineOptions, 'refreshContext'> = {},
): Promise<{ readonly model: Model; readonly engine: Engine }> {
  const { backend, build, threads } = choice;
  enableBuild(build);
  if (backend === 'webgpu') await requireWebGpu();
  const model = await openAnyModel(choice.model);
  const engine = await Engine.load(model, {
    ...options,
    backend,
    ...(build && { build }),
    helpers: nodeHelpers(threads),
    yieldToEventLoop: yieldByImmediate,
  });
  return { model, engine };
}
