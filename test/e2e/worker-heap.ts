/** Measures the JavaScript heap of a SharedWorker, which no page's counters include. */
import type { CDPSession } from 'playwright';
import type { Site } from './site.js';

/** Attaches to the only SharedWorker. Each call of the result collects garbage and resolves with the bytes in use. */
export async function watchWorkerHeap(site: Site): Promise<() => Promise<number>> {
  const browser = site.context.browser();
  if (!browser) throw new Error('the context has no browser');
  const devtools = await browser.newBrowserCDPSession();
  const { targetInfos } = await devtools.send('Target.getTargets');
  const workers = targetInfos.filter(({ type }) => type === 'shared_worker');
  const [worker] = workers;
  if (!worker || workers.length > 1) throw new Error(`${workers.length} SharedWorkers, expected one`);
  const { sessionId } = await devtools.send('Target.attachToTarget', { targetId: worker.targetId, flatten: false });
  let last = 0;
  return async () => {
    await ask(devtools, sessionId, ++last, 'HeapProfiler.collectGarbage');
    const { usedSize } = await ask(devtools, sessionId, ++last, 'Runtime.getHeapUsage');
    if (usedSize === undefined) throw new Error('the worker did not report the size of its heap');
    return usedSize;
  };
}

function ask(devtools: CDPSession, sessionId: string, id: number, method: string): Promise<{ usedSize?: number }> {
  return new Promise((resolve, reject) => {
    const received = (event: { sessionId: string; message: string }): void => {
      const answer = JSON.parse(event.message) as { id?: number; result?: { usedSize?: number } };
      if (event.sessionId !== sessionId || answer.id !== id) return;
      devtools.off('Target.receivedMessageFromTarget', received);
      resolve(answer.result ?? {});
    };
    devtools.on('Target.receivedMessageFromTarget', received);
    devtools.send('Target.sendMessageToTarget', { sessionId, message: JSON.stringify({ id, method }) }).catch(reject);
  });
}
