/** Decides whether a model can run on a machine, from facts about both, and gives the reason if not. */
import { LAST_BACKEND } from '../engine/backends.js';
import type { SttErrorCode } from '../errors.js';
import type { Backend, EngineInfo } from '../protocol/model.js';
import type { Availability } from '../protocol/queries.js';

/** `undefined` always means unknown, unless noted otherwise. */
export interface Facts {
  /** The requested backends that can run a model here, best first. */
  readonly runnable: readonly Backend[];
  /** Why the other requested backends cannot. */
  readonly whyNot: string | undefined;
  /** The WASM builds that this machine supports, best first. */
  readonly builds: readonly EngineInfo['build'][];
  /** GiB of memory, as browsers round it. */
  readonly memoryGiB: number | undefined;
  readonly online: boolean;
  /** Bytes of the whole model. */
  readonly bytes: number | undefined;
  readonly storedBytes: number;
  readonly complete: boolean;
  /** Whether any tab is downloading the model now. */
  readonly downloading: boolean;
  readonly freeBytes: number | undefined;
  readonly notKept: string | undefined;
  /** Why the model's server cannot be reached; undefined if it can. */
  readonly unreachable: string | undefined;
  readonly predicted: { readonly backend: Backend; readonly rtf: number } | undefined;
  /** Bytes of WebAssembly memory that the model needs, and how many can be reserved. */
  readonly memory: { readonly needed: number; readonly got: number } | undefined;
}

/** A model needs about twice its bytes: the codec is widened to f32, and every stream needs rings. */
const MEMORY_FACTOR = 2;
/** The browser counts slightly more than the bytes stored. */
const STORE_FACTOR = 1.02;
const GIB = 2 ** 30;

/** The backend to try first. */
export function firstOf(runnable: readonly Backend[]): Backend {
  return runnable[0] ?? LAST_BACKEND.name;
}

export function judge(facts: Facts): Availability {
  const { builds, runnable, complete, downloading, storedBytes, bytes, freeBytes, predicted } = facts;
  const [build] = builds;
  const backend = predicted?.backend ?? firstOf(runnable);
  const downloadBytes = complete ? 0 : bytes === undefined ? undefined : Math.max(0, bytes - storedBytes);
  const known = {
    storedBytes,
    ...(build !== undefined && { build, backend }),
    ...(downloadBytes !== undefined && { downloadBytes }),
    ...(freeBytes !== undefined && { freeBytes }),
    ...(facts.notKept !== undefined && { notKept: facts.notKept }),
    ...(predicted && { predictedRtf: predicted.rtf }),
    ...(lacksMemory(facts) && { memoryBytes: facts.memory.needed, freeMemoryBytes: facts.memory.got }),
  };
  const why = whyUnavailable(facts, downloadBytes);
  if (why) return { ...known, status: 'unavailable', ...why };
  const status = complete ? 'available' : downloading ? 'downloading' : 'downloadable';
  return { ...known, status, ...whySlower(facts) };
}

function lacksMemory(facts: Facts): facts is Facts & { readonly memory: NonNullable<Facts['memory']> } {
  return facts.memory !== undefined && facts.memory.got < facts.memory.needed;
}

type Why = { readonly code: SttErrorCode; readonly reason: string };

/** Why the model cannot run. */
function whyUnavailable(facts: Facts, downloadBytes: number | undefined): Why | undefined {
  const { builds, runnable, whyNot, memoryGiB, bytes = 0, freeBytes, notKept, complete } = facts;
  if (builds.length === 0) return { code: 'unsupported', reason: 'This browser has no WebAssembly SIMD.' };
  if (runnable.length === 0 && whyNot !== undefined) return { code: 'unsupported', reason: whyNot };
  if (memoryGiB !== undefined && memoryGiB * GIB < MEMORY_FACTOR * bytes)
    return {
      code: 'out-of-memory',
      reason: `The model needs ${MEMORY_FACTOR * bytes} bytes of memory, this machine has ${memoryGiB} GiB.`,
    };
  if (lacksMemory(facts))
    return {
      code: 'out-of-memory',
      reason: `The model needs ${facts.memory.needed} bytes of WebAssembly memory, this browser gives ${facts.memory.got}.`,
    };
  if (complete) return undefined;
  if (facts.unreachable !== undefined) return { code: 'network', reason: facts.unreachable };
  if (!facts.online) return { code: 'network', reason: 'The model is not on this device, and there is no network.' };
  // A store that is not persistent has no quota to exceed.
  if (notKept === undefined && freeBytes !== undefined && freeBytes < (downloadBytes ?? 0) * STORE_FACTOR)
    return { code: 'quota', reason: `The model needs ${downloadBytes} more bytes of storage, ${freeBytes} are free.` };
  return undefined;
}

/** Reasons why the model will be slower than expected. */
function whySlower({ whyNot, predicted, builds }: Facts): { reason?: string; code?: SttErrorCode } {
  const reasons = whyNot !== undefined ? [`${whyNot}.`.replace(/\.\.$/, '.')] : [];
  if (builds[0] === 'simd') reasons.push('This browser has no relaxed SIMD: the CPU needs about 50% more time.');
  const slow = predicted !== undefined && predicted.rtf > 1;
  if (slow) reasons.unshift(`It would take ${predicted.rtf.toFixed(1)} times as long as the speech itself.`);
  return { ...(reasons.length > 0 && { reason: reasons.join(' ') }), ...(slow && { code: 'falling-behind' as const }) };
}
