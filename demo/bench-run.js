/** Measures one backend through `SttClient`, as any page could. */
import { SttClient } from '../dist/client.js';
import { FastSource, FRAME_MS, LiveSource } from './bench-sources.js';

/** Frames before the measurement: engines first run unoptimised code. */
const WARM_UP = 24;
/** Frames of a stream with a nearly empty window. */
const EMPTY = 32;
/** Alternating rounds of one stream and of two; frames per round, and frames before them that are not counted. */
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
  // A worker keeps an engine for a minute after its last client; then there is no loading progress.
  const load = { downloadMs: 0, prepareMs: 0, bytes: 0, reused: true };
  const began = performance.now();
  let downloaded;
  const client = new SttClient({
    model,
    backend,
    // Threads need a dedicated worker of an isolated page.
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
    const empty = await run(EMPTY, 'Measuring at the start of a stream');
    const full = await run(window + frames, 'Measuring with a full window');
    const sessions = await compareSessions((count) => run(count, 'Comparing one stream with two'));
    progress('Transcribing in real time', 1);
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
    // The codec's work does not depend on the window: the increase is the language model's.
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

/** Milliseconds of a frame of one stream, and of both of two streams on the same engine: medians of the rounds. */
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

/** For each word, milliseconds from its start in the audio until its first letters reached this page. */
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
  // Words of the flush arrive faster than real time and are excluded.
  const delays0 = [...delays.values()];
  await stream.finish();
  return delays0;
}

/** Memory of the page and its worker, if the browser measures it: only on cross-origin isolated pages, and with a delay. */
async function memoryBytes(progress) {
  if (!crossOriginIsolated || performance.measureUserAgentSpecificMemory === undefined) return null;
  progress('Measuring memory', 1);
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
