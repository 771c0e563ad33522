/** Threads: several in a dedicated worker of a cross-origin isolated page, one everywhere else. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { hostFor, transcribe, type Outcome, type Transcribing } from './client-page.js';
import { wordsOf } from './clips.js';
import { withSite, type SiteOptions } from './site.js';

const ISOLATED = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };
/** The strictest policy under which the package works. */
const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; img-src data:";
const CLIP = 'en_espeak_0';
/** Bytes of a model that one thread of no processor computes in real time, and that still fits into WebAssembly's memory. */
const HUGE = 3_000_000_000;

async function transcribed(site: SiteOptions, wanted: Transcribing): Promise<Outcome> {
  let outcome: Outcome | undefined;
  await withSite(site, async (opened) => {
    outcome = await transcribe(await opened.open('pages/client.html'), CLIP, { backend: 'wasm', ...wanted });
  });
  assert.ok(outcome);
  assert.equal(outcome.text, wordsOf(CLIP), outcome.message);
  return outcome;
}

/** The worker that a client chooses for the model at `path`; it need not load. */
async function hostOf(site: SiteOptions, path: string): Promise<Outcome['host']> {
  let host: Outcome['host'] | undefined;
  await withSite(site, async (opened) => {
    const page = await opened.open('pages/client.html');
    host = await hostFor(page, `../${path}`);
  });
  assert.ok(host, 'the load failed before its first progress');
  return host;
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

  describe('for a model that is too slow for one thread', () => {
    let folder = '';
    before(() => {
      folder = mkdtempSync(join(tmpdir(), 'huge-'));
      writeFileSync(join(folder, 'huge.gguf'), '');
      truncateSync(join(folder, 'huge.gguf'), HUGE); // takes no space: only its size is asked for
    });
    after(() => rmSync(folder, { recursive: true }));

    it('are chosen unasked on an isolated page, with the reason', async () => {
      const host = await hostOf({ headers: ISOLATED, mounts: { 'huge/': `${folder}/` } }, 'huge/huge.gguf');
      assert.equal(host.kind, 'dedicated', host.reason);
      assert.match(host.reason, /^One thread would need \d+\.\d times as long as the speech/);
    });

    it('are not chosen where the page is not isolated', async () => {
      const host = await hostOf({ mounts: { 'huge/': `${folder}/` } }, 'huge/huge.gguf');
      assert.equal(host.kind, 'shared', host.reason);
    });
  });

  it('are not chosen unasked for a model that one thread computes in real time', async () => {
    const { host } = await transcribed({ headers: ISOLATED }, {});
    assert.equal(host.kind, 'shared', host.reason);
  });
});
