/** Runs streams, and requests the worker's GPU allocations. The test calls these functions. */
import { decode, Endless, FRAME } from './long-recording.js';

const books = new globalThis.BroadcastChannel('gpu-ledger');

/** The worker's current GPU allocations. */
function ledger() {
  return new Promise((resolve) => {
    books.onmessage = ({ data }) => resolve(data);
    books.postMessage('ask');
  });
}

/** Every element of the page transcribes `frames` frames of a clip, all at once; every second one is aborted. */
async function openAndClose(url, frames) {
  const clip = await decode(url);
  const elements = [...document.querySelectorAll('kyutai-stt')];
  await Promise.all(
    elements.map(async (element, i) => {
      const ended = new Promise((resolve) => element.addEventListener('end', resolve, { once: true }));
      // The source of an aborted stream has more frames.
      const aborted = i % 2 === 1;
      const most = aborted ? clip.length / FRAME : frames;
      const passed = (n) => aborted && n === frames && element.abort();
      await element.start(new Endless([clip], most, passed));
      await ended;
    }),
  );
}

globalThis.ledger = ledger;
globalThis.openAndClose = openAndClose;
