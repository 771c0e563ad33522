/** Connects downloads with the engine: downloads a model, then loads its weights into an engine. */
import { Engine } from '../engine/engine.js';
import { openModelFromUrl } from '../model/open-model-url.js';
import { readAhead } from '../model/read-ahead.js';
import { memoryCheck } from './memory-check.js';
import { downloadOf } from './download-progress.js';
import type { EngineLoader } from './engine-pool.js';
import { helpersHere } from './threads.js';
import { threadStore } from './thread-store.js';

/** Rejects before the download if this thread has too little memory for the model. */
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
  return (backend, report, signal, mustRecord) => {
    const onProgress = (loaded: number, total: number): void => report({ phase: 'prepare', loaded, total });
    const watched = readAhead(model, { onProgress, signal });
    return Engine.load(watched, { backend, mustRecord, helpers: helpersHere(), yieldToEventLoop: yieldByMessage });
  };
};

const channel = new MessageChannel();
const waiting: (() => void)[] = [];
channel.port1.onmessage = () => waiting.shift()?.();

/** Yields to queued messages. Browsers clamp timers to 4 ms, longer than a frame takes. */
function yieldByMessage(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    channel.port2.postMessage(null);
  });
}
