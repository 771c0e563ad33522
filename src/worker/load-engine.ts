/** Downloads a model and loads an engine: the only module that knows both. */
import { Engine } from '../engine/engine.js';
import { openModelFromUrl } from '../model/open-model-url.js';
import { readAhead } from '../model/read-ahead.js';
import { memoryCheck } from './memory-check.js';
import { downloadOf } from './download-progress.js';
import type { EngineLoader } from './engine-pool.js';
import { helpersHere } from './threads.js';
import { threadStore } from './thread-store.js';

/** Downloads the model into the store, unless this thread has too little memory for it, and loads its weights. */
export const loadEngine: EngineLoader = async (location, progress, signal, whenFull, onBegin, backend) => {
  const admit = memoryCheck(location, backend);
  const model = await openModelFromUrl(location, {
    admit,
    store: await threadStore(),
    onProgress: (delivery) => progress(downloadOf(delivery)),
    signal,
    whenFull,
    onBegin,
  });
  return (backend, prepared, aborted, mustRecord) => {
    const onProgress = (loaded: number, total: number): void => prepared({ phase: 'prepare', loaded, total });
    const watched = readAhead(model, { onProgress, signal: aborted });
    return Engine.load(watched, { backend, mustRecord, helpers: helpersHere(), yieldToEventLoop: yieldByMessage });
  };
};

const channel = new MessageChannel();
const waiting: (() => void)[] = [];
channel.port1.onmessage = () => waiting.shift()?.();

/** Lets queued messages run first. Browsers clamp timers to 4 ms, longer than a frame takes. */
function yieldByMessage(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    channel.port2.postMessage(null);
  });
}
