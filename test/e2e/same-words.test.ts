/** The same words in Node, in a SharedWorker and in a dedicated worker. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { transcribe } from './client-page.js';
import { CLIPS, openSite, type Site } from './site.js';

const clips = readdirSync(CLIPS)
  .filter((file) => file.endsWith('.wav'))
  .map((file) => file.replace(/\.wav$/, ''));

describe('the same words', () => {
  let site: Site;
  let inNode: readonly string[];
  before(async () => {
    site = await openSite();
    const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
    const files = clips.map((clip) => `${CLIPS}${clip}.wav`);
    const results: unknown = JSON.parse(
      execFileSync(process.execPath, [cli, 'transcribe', '--json', ...files]).toString(),
    );
    inNode = (results as readonly { text: string }[]).map(({ text }) => text);
    assert.ok(inNode.filter((text) => text !== '').length > 10, 'Node transcribes the clips');
  });
  after(() => site.close());

  for (const kind of ['shared', 'dedicated'] as const) {
    it(`are the transcript of every clip in Node and in a ${kind} worker`, async () => {
      const page = await site.open('pages/client.html', async (it) => {
        if (kind === 'dedicated') await it.addInitScript(() => Reflect.deleteProperty(globalThis, 'SharedWorker'));
      });
      const texts: string[] = [];
      for (const clip of clips) {
        const { text, host } = await transcribe(page, clip);
        assert.equal(host.kind, kind);
        texts.push(text);
      }
      assert.deepEqual(texts, inNode);
      await page.close();
    });
  }
});
