/** One client that outlives its worker; the test calls it from outside. */
import { createSource, SttClient, wordsOf } from '../dist/client.js';

const client = new SttClient({ model: 'demo', worker: 'shared' });

/** A source without audio that never ends, so that a finishing stream waits for the worker. */
const silence = {
  start: async () => undefined,
  stop: async () => undefined,
  abort: () => undefined,
  pause: () => undefined,
  resume: () => undefined,
};

/** Opens a stream, finishes it if `finishing`, and resolves once it is open; `outcome` resolves when it ends. */
async function listen({ finishing }) {
  let stream;
  const outcome = new Promise((resolve) => {
    stream = client.start(
      { ...silence },
      { failed: ({ code, message }) => resolve({ code, message }), ended: resolve },
    );
  });
  const open = await stream;
  await client.load(); // a stream may open before the model is loaded
  if (finishing) open.finish().catch(() => undefined); // `outcome` reports it
  return { outcome, engineId: client.info.engineId };
}

/** Transcribes a recording with the same client. */
async function transcribe(url) {
  let text = '';
  await new Promise((ended, failed) => {
    const changed = (transcript) => {
      text = wordsOf(transcript)
        .map((word) => word.text)
        .join(' ');
    };
    client.start(createSource(url), { changed, ended, failed }).catch(failed);
  });
  return { text, engineId: client.info.engineId, kind: client.host.kind };
}

globalThis.longLived = { listen, transcribe };
