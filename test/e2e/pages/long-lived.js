/** One client that outlives its worker; the test calls it from outside. */
import { createSource, SttClient, wordsOf } from '../dist/client.js';

const client = new SttClient({ model: 'demo', worker: 'shared' });

/** Sound that neither comes nor ends, so that a stream that finishes waits for the worker. */
const silence = {
  start: async () => undefined,
  stop: async () => undefined,
  abort: () => undefined,
  pause: () => undefined,
  resume: () => undefined,
};

/** Begins to listen, or to finish, and resolves once the stream is on; `outcome` then says how it ends. */
async function listen({ finishing }) {
  let stream;
  const outcome = new Promise((resolve) => {
    stream = client.start(
      { ...silence },
      { failed: ({ code, message }) => resolve({ code, message }), ended: resolve },
    );
  });
  const open = await stream;
  await client.load(); // a stream begins while the model is still put in place
  if (finishing) open.finish().catch(() => undefined); // `outcome` tells
  return { outcome, engineId: client.info.engineId };
}

/** What the same client hears in a recording. */
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
