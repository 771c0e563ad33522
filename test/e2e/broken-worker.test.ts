/** Workers that are killed, and workers with restricted rights. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { transcribe } from './client-page.js';
import { wordsOf } from './clips.js';
import { openSite, withSite, type Site } from './site.js';

interface Listening {
  readonly outcome: Promise<{ code: string; message: string }>;
  readonly engineId: string;
}

declare global {
  /** Of `pages/long-lived.html`. */
  var longLived: {
    listen(options: { finishing: boolean }): Promise<Listening>;
    transcribe(url: string): Promise<{ text: string; engineId: string; kind: string }>;
  };
}

/** Kills every SharedWorker, as the browser's task manager would; resolves with their number. */
async function killSharedWorkers(site: Site): Promise<number> {
  const browser = site.context.browser();
  assert.ok(browser);
  const session = await browser.newBrowserCDPSession();
  const { targetInfos } = await session.send('Target.getTargets', { filter: [{}] });
  const workers = targetInfos.filter(({ type }) => type === 'shared_worker');
  for (const { targetId } of workers) await session.send('Target.closeTarget', { targetId });
  await session.detach();
  return workers.length;
}

describe('a SharedWorker that is killed', () => {
  let site: Site;
  before(async () => (site = await openSite()));
  after(() => site.close());

  for (const finishing of [false, true]) {
    it(`fails a stream that is ${finishing ? 'finishing' : 'listening'}, and the next start gets a new worker`, async () => {
      const page = await site.open('pages/long-lived.html');
      await page.waitForFunction(() => 'longLived' in globalThis);
      const listening = await page.evaluateHandle((how) => globalThis.longLived.listen(how), { finishing });
      assert.equal(await killSharedWorkers(site), 1);
      const { code, message } = await listening.evaluate(({ outcome }) => outcome);
      assert.equal(code, 'worker-failed');
      assert.match(message, /shared worker .* died/);

      const again = await page.evaluate((url) => globalThis.longLived.transcribe(url), '../clips/en_human_seen.wav');
      assert.equal(again.text, wordsOf('en_human_seen'));
      assert.equal(again.kind, 'shared');
      assert.notEqual(again.engineId, await listening.evaluate(({ engineId }) => engineId));
      await page.close();
    });
  }
});

describe('a page in a sandboxed frame', () => {
  it('transcribes without Web Locks, which the frame may not use', async () => {
    await withSite({ headers: { 'access-control-allow-origin': '*' } }, async (site) => {
      const page = await site.open('pages/sandboxed.html');
      const frame = page.frames().find((it) => it.url().endsWith('client.html'));
      assert.ok(frame);
      const { text, host, message } = await transcribe(frame, 'en_human_seen');
      assert.equal(message, undefined);
      assert.equal(text, wordsOf('en_human_seen'));
      assert.equal(host.kind, 'dedicated');
    });
  });
});
