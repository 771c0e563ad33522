/** The smallest page that uses the engine without the element; the test calls it from outside. */
import { createSource, SttClient } from '../dist/client.js';

/** Transcribes a recording, or the microphone without `url`, with a new client; resolves with the facts that tests check. */
export async function transcribe(url, { model = 'demo', backend, worker, seconds } = {}) {
  const client = new SttClient({ model, ...(backend && { backend }), ...(worker && { worker }) });
  try {
    const info = await client.load();
    let text = '';
    await new Promise((ended, failed) => {
      const changed = (transcript) => {
        text = transcript.utterances.flatMap(({ words }) => words.map((word) => word.text)).join(' ');
      };
      client.start(createSource(url), { changed, ended, failed }).then((stream) => {
        if (seconds !== undefined) setTimeout(() => stream.finish().catch(failed), seconds * 1000);
      }, failed);
    });
    return { text, info, host: client.host, isolated: crossOriginIsolated };
  } catch (error) {
    return { code: error.code, message: error.message, remedy: error.remedy };
  } finally {
    client.close();
  }
}

globalThis.transcribe = transcribe;

/** Starts to load a model for the CPU, and resolves with the worker that the client has chosen; undefined if none was. */
globalThis.hostFor = async (model) => {
  const client = new SttClient({ model, backend: 'wasm', progress: () => chosen(client.host) });
  let chosen;
  const host = new Promise((resolve) => (chosen = resolve));
  client.load().catch(() => chosen(undefined));
  try {
    return await host;
  } finally {
    client.close();
  }
};
