/** Measures one backend through `SttClient`, as any page could. */
import { SttClient } from '../dist/client.js';
import { FastSource, FRAME_MS, LiveSource } from './bench-sources.js';

/** Frames before anything is noted: the first runs of code are in its quick, unoptimised form. */
const WARM_UP = 24;
/** Frames of a stream whose window is still all but empty. */
const EMPTY = 32;
/** Rounds of one stream and of two, in turns; frames of each, and those before them that are not counted. */
const ROUNDS = 5;
const ROUND = 40;
const LEAD = 4;

/**
 * @param {{ model: string, backend: 'wasm' | 'webgpu', samples: Float32Array, frames: number, window: number }} what
 * @param {(step: string, share: number) => void} progress
 * @param {AbortSignal} signal
 */
export async function measure({ model, backend, samples, frames, window }, progress, signal) {
  const total = WARM_UP + EMPTY + window + frames + ROUNDS * 3 * (LEAD + ROUND);
  // A worker keeps an engine for a minute after its last user: then nothing is told of loading.
  const load = { downloadMs: 0, prepareMs: 0, bytes: 0, reused: true };
  const began = performance.now();
  let downloaded;
  const client = new SttClient({
    model,
    backend,
    // Threads share the work in a dedicated worker of an isolated page, and nowhere else.
    worker: crossOriginIsolated ? 'dedicated' : 'auto',
    progress: ({ phase, loaded, total: size }) => {
      load.reused = false;
      progress(phase === 'download' ? 'Downloading the model' : 'Preparing the model', size > 0 ? loaded / size : 0);
      if (phase === 'download') load.bytes = Math.max(load.bytes, size);
      else downloaded ??= performance.now();
    },
  });
  signal.addEventListener('abort', () => client.close(), { once: true });
  try {
    const info = await client.load();
    const ready = performance.now();
    load.downloadMs = (downloaded ?? ready) - began;
    load.prepareMs = ready - (downloaded ?? ready);

    let done = 0;
    const run = async (count, step) => {
      const source = new FastSource(samples, count, () => progress(step, ++done / total));
      const stream = await client.start(source, { failed: source.fail }, signal);
      await source.finished;
      return { took: source.took, metrics: await stream.finish() };
    };
    const warm = await run(WARM_UP, 'Warming up');
    load.firstFrameMs = warm.took[0];
    const empty = await run(EMPTY, 'An empty window');
    const full = await run(window + frames, `A window of ${window} frames`);
    const sessions = await compareSessions((count) => run(count, 'Two at once'));
    progress('Listening as it is spoken', 1);
    const words = await live(client, samples, signal);
    const memory = await memoryBytes(progress);
    return result({ info, host: client.host, load, empty, full, sessions, words, memory, frames, window });
  } finally {
    client.close();
  }
}

function result({ info, host, load, empty, full, sessions, words, memory, frames, window }) {
  const path = summarise(full.took.slice(-frames));
  const pathEmpty = summarise(empty.took.slice(1));
  const gpu = full.metrics.gpu;
  // The codec also encodes the silence of a flush: one frame less than there are steps.
  const mimi = (empty.metrics.mimiMs + full.metrics.mimiMs) / (empty.metrics.steps + full.metrics.steps - 2);
  const lmEmpty = empty.metrics.gpu?.stepMs || empty.metrics.lmMs / empty.metrics.steps;
  return {
    backend: info.backend,
    build: info.build,
    threads: info.threads,
    fewerThreads: info.fewerThreads ?? null,
    adapter: info.adapter ?? null,
    model: info.model,
    worker: host?.kind,
    window,
    mimi,
    lmEmpty,
    // The codec's work does not grow with the window: what a frame takes more is the language model's.
    lmFull: gpu?.stepMs || lmEmpty + Math.max(0, path.p50 - pathEmpty.p50),
    pathEmpty,
    path,
    rtf: path.mean / FRAME_MS,
    sessions,
    firstWordMs: words.length > 0 ? summarise(words).p50 : null,
    load,
    memoryBytes: memory,
    gpu: gpu ?? null,
    took: full.took,
  };
}

/** Milliseconds that a frame of one stream takes, and a frame of each of two on the same engine: medians of the rounds. */
async function compareSessions(run) {
  const took = { one: [], two: [] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, streams] of [
      ['one', 1],
      ['two', 2],
    ]) {
      const runs = await Promise.all(Array.from({ length: streams }, () => run(LEAD + ROUND)));
      const sums = runs.map((each) => each.took.slice(LEAD).reduce((sum, time) => sum + time, 0));
      took[name].push(Math.max(...sums) / ROUND);
    }
  }
  const [oneMs, twoMs] = [summarise(took.one).p50, summarise(took.two).p50];
  return { oneMs, twoMs, ratio: twoMs / oneMs };
}

/** For each word, milliseconds from when it began to be spoken until its first letters reached this page. */
async function live(client, samples, signal) {
  const source = new LiveSource(samples, Math.ceil(samples.length / 1920));
  const delays = new Map();
  const stream = await client.start(
    source,
    {
      changed: ({ interim }) => {
        if (!interim || delays.has(interim.start)) return;
        delays.set(interim.start, performance.now() - source.began - 1000 * interim.start);
      },
      failed: source.fail,
    },
    signal,
  );
  await source.finished;
  // Words of the flush come faster than they were spoken.
  const delays0 = [...delays.values()];
  await stream.finish();
  return delays0;
}

/** What the page and its worker hold, where the browser tells: only on a cross-origin isolated page, and in its own time. */
async function memoryBytes(progress) {
  if (!crossOriginIsolated || performance.measureUserAgentSpecificMemory === undefined) return null;
  progress('Counting memory', 1);
  return (await performance.measureUserAgentSpecificMemory()).bytes;
}

function summarise(times) {
  const sorted = [...times].sort((a, b) => a - b);
  const percentile = (share) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  return {
    count: sorted.length,
    mean: sorted.reduce((sum, time) => sum + time, 0) / sorted.length,
    p50: percentile(0.5),
    p95: percentile(0.95),
    p99: percentile(0.99),
    max: percentile(1),
  };
}
