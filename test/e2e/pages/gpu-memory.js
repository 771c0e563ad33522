/** Has elements listen, and asks the worker what its GPU holds. The test calls it from outside. */
import { decode, Endless, FRAME } from './hour.js';

const books = new globalThis.BroadcastChannel('gpu-ledger');

/** What the worker's GPU holds now. */
function ledger() {
  return new Promise((resolve) => {
    books.onmessage = ({ data }) => resolve(data);
    books.postMessage('ask');
  });
}

/** Every element of the page hears `frames` frames of a clip, all at once; each second one is aborted instead of ended. */
async function openAndClose(url, frames) {
  const clip = await decode(url);
  const elements = [...document.querySelectorAll('kyutai-stt')];
  await Promise.all(
    elements.map(async (element, i) => {
      const ended = new Promise((resolve) => element.addEventListener('end', resolve, { once: true }));
      // One that is aborted has more to come.
      const aborted = i % 2 === 1;
      const most = aborted ? clip.length / FRAME : frames;
      const taken = (n) => aborted && n === frames && element.abort();
      await element.start(new Endless([clip], most, taken));
      await ended;
    }),
  );
}

globalThis.ledger = ledger;
globalThis.openAndClose = openAndClose;
