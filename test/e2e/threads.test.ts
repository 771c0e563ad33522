/** Threads: several in a dedicated worker of a cross-origin isolated page, one everywhere else. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { transcribe, type Outcome, type Transcribing } from './client-page.js';
import { wordsOf } from './clips.js';
import { withSite, type SiteOptions } from './site.js';

const ISOLATED = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };
/** The strictest policy under which the package works. */
const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; img-src data:";
const CLIP = 'en_espeak_0';

async function transcribed(site: SiteOptions, wanted: Transcribing): Promise<Outcome> {
  let outcome: Outcome | undefined;
  await withSite(site, async (opened) => {
    outcome = await transcribe(await opened.open('pages/client.html'), CLIP, { backend: 'wasm', ...wanted });
  });
  assert.ok(outcome);
  assert.equal(outcome.text, wordsOf(CLIP), outcome.message);
  return outcome;
}

describe('threads', () => {
  it('share the work in a dedicated worker of an isolated page, under a strict policy', async () => {
    const headers = { ...ISOLATED, 'content-security-policy': POLICY };
    const { info, host, isolated } = await transcribed({ headers }, { worker: 'dedicated' });
    assert.equal(isolated, true);
    assert.equal(host.kind, 'dedicated');
    assert.equal(info.fewerThreads, undefined);
    assert.ok(info.threads >= 2, `${info.threads} threads`);
  });

  it('are not started in a SharedWorker of an isolated page', async () => {
    const { info, host } = await transcribed({ headers: ISOLATED }, { worker: 'shared' });
    assert.deepEqual([host.kind, info.threads, info.fewerThreads], ['shared', 1, undefined]);
  });

  it('are not started in a dedicated worker of a page that is not isolated', async () => {
    const { info, isolated } = await transcribed({}, { worker: 'dedicated' });
    assert.deepEqual([isolated, info.threads, info.fewerThreads], [false, 1, undefined]);
  });
});
