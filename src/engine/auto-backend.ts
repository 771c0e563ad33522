/** Chooses the backend for `auto`: the first of the list that runs here and keeps up with speech. */
import { SttError } from '../errors.js';
import { labelOf, UNNAMED } from '../gpu/adapter.js';
import type { Backend } from '../protocol/model.js';
import type { GpuMetrics } from '../protocol/stream-events.js';
import { backendNamed, BACKENDS, LAST_BACKEND } from './backends.js';

/** Most milliseconds per step on a GPU: a frame lasts 80 ms, and the page needs the GPU too. */
export const MOST_STEP_MS = 60;

/** Returns why a backend cannot run a model here; undefined if it can. */
export type WhyNot = (backend: Backend, isAuto: boolean) => Promise<string | undefined>;

export const whyNotHere: WhyNot = (backend, isAuto) => backendNamed(backend).whyNot(isAuto);

export interface Survey {
  /** The backends that can run a model here, best first. */
  readonly runnable: readonly Backend[];
  /** Why the others cannot, in sentences. */
  readonly whyNot: string | undefined;
}

/** Checks which of the wanted backends can run here, as far as is known before a model is loaded. */
export async function surveyBackends(wanted: Backend | 'auto', whyNot: WhyNot = whyNotHere): Promise<Survey> {
  const isAuto = wanted === 'auto';
  const names = isAuto ? BACKENDS.map(({ name }) => name) : [wanted];
  const reasons = await Promise.all(names.map((name) => whyNot(name, isAuto)));
  return { runnable: names.filter((_, i) => reasons[i] === undefined), whyNot: sentences(reasons) };
}

/** The part of an engine that the choice needs. */
interface Candidate {
  readonly gpu?: GpuMetrics | undefined;
}

interface AutoLoad<E extends Candidate> {
  /** Loads the model on `backend`. `fallback`: why no better backend is used. */
  readonly load: (backend: Backend, fallback?: string) => Promise<E>;
  /** Disposes of an engine that is too slow. */
  readonly release: (engine: E) => void;
  readonly whyNot?: WhyNot;
  /** Most milliseconds per step on a GPU; default `MOST_STEP_MS`. */
  readonly mostStepMs?: number | undefined;
}

interface AutoChoice<E> {
  readonly engine: E;
  readonly fallback?: string;
  /** The backends that failed or were too slow, and why. */
  readonly rejected: ReadonlyMap<Backend, string>;
}

/** Loads the model on the best backend. Rejects if the last one fails, or at once if the others would fail too. */
export async function loadAuto<E extends Candidate>(options: AutoLoad<E>): Promise<AutoChoice<E>> {
  const { load, release, whyNot = whyNotHere, mostStepMs = MOST_STEP_MS } = options;
  const rejected = new Map<Backend, string>();
  const reasons: string[] = [];
  for (const { name, fallsBackOn } of BACKENDS) {
    if (name === LAST_BACKEND.name) break;
    let reason = await whyNot(name, true);
    if (reason === undefined) {
      try {
        const engine = await load(name, sentences(reasons));
        reason = tooSlow(engine, mostStepMs);
        if (reason === undefined) return choiceOf(engine, reasons, rejected);
        release(engine);
      } catch (cause) {
        if (!(cause instanceof SttError && fallsBackOn.has(cause.code))) throw cause;
        reason = cause.message;
      }
      rejected.set(name, reason);
    }
    reasons.push(reason);
  }
  return choiceOf(await load(LAST_BACKEND.name, sentences(reasons)), reasons, rejected);
}

function choiceOf<E>(engine: E, reasons: readonly string[], rejected: ReadonlyMap<Backend, string>): AutoChoice<E> {
  const fallback = sentences(reasons);
  return { engine, rejected, ...(fallback !== undefined && { fallback }) };
}

function tooSlow({ gpu }: Candidate, mostStepMs: number): string | undefined {
  const { adapter = UNNAMED, stepMs = 0 } = gpu ?? {};
  if (stepMs <= mostStepMs) return undefined;
  return `The ${labelOf(adapter)} is too slow for speech: ${stepMs.toFixed(0)} ms a step, ${mostStepMs} ms at most`;
}

function sentences(reasons: readonly (string | undefined)[]): string | undefined {
  const given = reasons.filter((reason) => reason !== undefined);
  return given.length > 0 ? given.join('. ') : undefined;
}
