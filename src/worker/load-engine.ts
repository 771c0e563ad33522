/** The one place that knows both where models come from and what runs them. */
import { Engine } from '../engine/engine.js';
import { openModelFromUrl } from '../model/open-model-url.js';
import type { EngineLoader } from './engine-pool.js';
import { helpersHere } from './helpers.js';

/** Fetches the model, and puts its weights where they run. */
export const loadEngine: EngineLoader = async (location, progress, signal) => {
  const model = await openModelFromUrl(location, {
    onProgress: (loaded, total) => progress({ phase: 'download', loaded, total }),
    signal,
  });
  return (backend) => Engine.load(model, { backend, helpers: helpersHere(), yieldToEventLoop: yieldByMessage });
};

const channel = new MessageChannel();
const waiting: (() => void)[] = [];
channel.port1.onmessage = () => waiting.shift()?.();

/** Lets queued messages in and comes straight back: a timer would be held to 4 ms, longer than a frame takes. */
function yieldByMessage(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    channel.port2.postMessage(null);
  });
}
