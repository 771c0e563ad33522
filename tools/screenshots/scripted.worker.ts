/** A worker with the real hosting code and a fake engine that emits the words in the model's URL, so that pictures are reproducible. */
import type { SessionEvent, StreamMetrics } from '../../src/protocol/stream-events.js';
import type { Availability } from '../../src/protocol/queries.js';
import type { EngineLoader, HostedEngine, HostedSession } from '../../src/worker/engine-pool.js';
import type { QueryHandler } from '../../src/worker/query-port.js';
import { serve } from '../../src/worker/serve.js';

/** Duration of a word in seconds. */
const WORD_SECONDS = 0.36;
const METRICS: StreamMetrics = {
  frames: 1,
  steps: 1,
  audioSeconds: 0.08,
  mimiMs: 1,
  lmMs: 1,
  rtf: 0.1,
  peakBacklog: 0,
  recoveries: 0,
  refreshes: 0,
  memoryBytes: 0,
};

/** `|` ends an utterance, `?word` is one the model is not sure of, `…` at the end leaves the last word unfinished. */
function say(script: string, emit: (event: SessionEvent) => void): void {
  let index = 0;
  const turns = script.split('|');
  turns.forEach((turn, last) => {
    const words = turn.trim().split(/\s+/);
    const open = last === turns.length - 1 && turn.endsWith('…') ? words.pop()?.replace('…', '') : undefined;
    for (const text of words) {
      const start = (index + 2 * last) * WORD_SECONDS;
      const confidence = text.startsWith('?') ? 0.31 : 0.97;
      const word = { index: index++, text: text.replace(/^\?/, ''), start, end: start + 0.3, confidence };
      emit({ type: 'word', word });
    }
    if (last < turns.length - 1) emit({ type: 'final' });
    if (open) emit({ type: 'partial', text: open, start: (index + 2 * last) * WORD_SECONDS });
  });
}

function session(query: URLSearchParams, emit: (event: SessionEvent) => void): HostedSession {
  queueMicrotask(() => {
    const script = query.get('say');
    if (script) say(script, emit);
    if (query.has('behind')) emit({ type: 'backlog', seconds: Number(query.get('behind')) });
  });
  return {
    push: () => undefined,
    finish: async () => {
      if (query.has('endless')) await new Promise<never>(() => undefined);
      emit({ type: 'end', metrics: METRICS });
    },
    prefer: () => undefined,
    abort: () => undefined,
  };
}

const load: EngineLoader = async (model, progress) => {
  const query = new URL('url' in model ? model.url : 'gguf' in model ? model.gguf : model.hub).searchParams;
  if (query.has('loading')) {
    const [phase, loaded, total] = ['download', 412e6, 642e6] as const;
    if (query.get('loading') === 'held') progress({ phase, loaded, total, paused: true });
    else progress({ phase, loaded, total, bytesPerSecond: 11.4e6, secondsLeft: 20 });
    await new Promise<never>(() => undefined);
  }
  const engine: HostedEngine = {
    info: () => ({
      model: 'scripted',
      backend: 'wasm',
      build: 'simd',
      engineId: '1',
      loads: 1,
      pauseHeads: 4,
      threads: 1,
    }),
    open: (emit) => session(query, emit),
    dispose: () => undefined,
  };
  return () => Promise.resolve(engine);
};

const onQuery: QueryHandler = ({ what }) => {
  if (what === 'installed') return Promise.resolve({ what, models: [] });
  if (what !== 'available') return Promise.resolve({ what });
  const availability: Availability = { status: 'downloadable', backend: 'wasm', downloadBytes: 642e6, storedBytes: 0 };
  return Promise.resolve({ what, availability });
};

serve(globalThis, load, {}, onQuery);
