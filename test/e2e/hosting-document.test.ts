/** Runs the snippets of docs/hosting.md: policies, origins, frames, manifests and `kyutai-stt serve`. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Locator } from 'playwright';
import { startServer } from '../../tools/static-server.mjs';
import { LIVE_CLIP, wordsOf } from './clips.js';
import { button, transcriptOf, transcribe } from './element-page.js';
import { CLIPS, withSite } from './site.js';

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const CLI = at('dist/cli.js');
const DOCUMENT = await readFile(at('docs/hosting.md'), 'utf8');
const CLIP = 'en_espeak_0';

/** The code blocks of one language in the document, in order. */
function blocks(language: string): string[] {
  return [...DOCUMENT.matchAll(new RegExp(`\`\`\`${language}\n([^]*?)\n\`\`\``, 'g'))].map((match) => match[1] ?? '');
}

const one = (list: readonly string[], text: string): string =>
  list.find((each) => each.includes(text)) ?? assert.fail(`no block has ${text}`);

const pageOf = (body: string): string => `<!doctype html><title>hosted</title><link rel="icon" href="data:,">${body}`;

/** Presses the button and waits for the last two words: a busy machine may lose the first. Polls, as this works in frames. */
async function speak(element: Locator): Promise<void> {
  await button(element).first().click();
  const last = wordsOf(LIVE_CLIP).split(' ').slice(-2).join(' ');
  const deadline = Date.now() + 30_000;
  while (!(await transcriptOf(element)).endsWith(last)) {
    assert.ok(Date.now() < deadline, `the transcript is “${await transcriptOf(element)}”`);
    await new Promise((wake) => setTimeout(wake, 100));
  }
}

describe('docs/hosting.md', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hosting-'));
  });
  after(() => rm(folder, { recursive: true }));

  it('has a policy for a page with the package on its origin', async () => {
    await writeFile(
      join(folder, 'own.html'),
      pageOf('<script type="module" src="../dist/kyutai-stt.js"></script><kyutai-stt model="demo"></kyutai-stt>'),
    );
    const headers = { 'content-security-policy': `${one(blocks('csp'), "worker-src 'self'")}; img-src data:` };
    await withSite({ microphone: LIVE_CLIP, headers, mounts: { 'own/': folder } }, async (site) => {
      await speak((await site.open('own/own.html')).locator('kyutai-stt'));
    });
  });

  it('has policies for a page with the package on another origin, with the worker in a blob or on its origin', async () => {
    // To the browser, localhost and 127.0.0.1 are two origins.
    const cdn = await startServer({ mounts: { '/': at('dist/') }, cors: true, host: '127.0.0.1' });
    const origin = `http://127.0.0.1:${cdn.port}`;
    const policy = one(blocks('csp'), 'worker-src blob:').replaceAll('https://cdn.example', origin);
    const [script, own] = [one(blocks('html'), 'src="https://cdn.example'), one(blocks('html'), '/stt.worker.js')];
    const [tag = '', element = ''] = script.replaceAll('https://cdn.example', origin).split('\n');
    const meta = (text: string): string =>
      `<meta http-equiv="Content-Security-Policy" content="${text}; img-src data:">`;
    await writeFile(join(folder, 'blob.html'), pageOf(meta(policy) + tag + element));
    await writeFile(
      join(folder, 'own-worker.html'),
      pageOf(
        meta(policy.replace('worker-src blob:', "worker-src 'self'")) + tag + own.replace('/stt.worker', 'stt.worker'),
      ),
    );
    await writeFile(
      join(folder, 'stt.worker.js'),
      one(blocks('js'), 'shared.worker.js').replaceAll('https://cdn.example', origin),
    );
    try {
      for (const [page, reason] of [
        ['blob.html', /from another origin/],
        ['own-worker.html', /every tab/],
      ] as const) {
        await withSite({ microphone: LIVE_CLIP, mounts: { 'own/': folder } }, async (site) => {
          const stt = (await site.open(`own/${page}`)).locator('kyutai-stt');
          await speak(stt);
          const host = await stt.evaluate(
            (node) => (node as HTMLElement & { host?: { kind: string; reason: string } }).host,
          );
          assert.equal(host?.kind, 'shared');
          assert.match(host.reason, reason);
        });
      }
    } finally {
      await cdn.close();
    }
  });

  it('has a frame that may use the microphone because of its attribute', async () => {
    const other = await startServer({ mounts: { '/demo/': at('demo/'), '/dist/': at('dist/') }, host: '127.0.0.1' });
    const frame = one(blocks('html'), '<iframe').replace(
      'https://other.example/captions.html',
      `http://127.0.0.1:${other.port}/demo/offline.html`,
    );
    await writeFile(join(folder, 'framed.html'), pageOf(frame));
    await writeFile(join(folder, 'refused.html'), pageOf(frame.replace(' allow="microphone"', '')));
    try {
      await withSite({ microphone: LIVE_CLIP, mounts: { 'own/': folder } }, async (site) => {
        await speak((await site.open('own/framed.html')).frameLocator('iframe').locator('kyutai-stt'));
        const refused = (await site.open('own/refused.html')).frameLocator('iframe').locator('kyutai-stt');
        await button(refused).first().click();
        await refused.locator('[part~=error]').waitFor();
      });
    } finally {
      await other.close();
    }
  });

  it('has a command that writes a manifest, by which a page loads its model', async () => {
    const [command = ''] = blocks('sh').filter((each) => each.includes('kyutai-stt manifest'));
    await copyFile(at('models/demo-en_fr-q4_0.gguf'), join(folder, 'model.gguf'));
    execFileSync(process.execPath, [CLI, ...command.split(' ').slice(1)], { cwd: folder });
    await writeFile(
      join(folder, 'mirror.html'),
      pageOf(
        '<script type="module" src="../dist/kyutai-stt.js"></script><kyutai-stt model="manifest.json"></kyutai-stt>',
      ),
    );
    await withSite({ mounts: { 'own/': folder } }, async (site) => {
      const page = await site.open('own/mirror.html');
      assert.equal(await transcribe(page.locator('kyutai-stt'), `../clips/${CLIP}.wav`), wordsOf(CLIP));
      assert.ok(site.served.includes('/own/manifest.json'));
      assert.ok(site.served.includes('/own/model.gguf'));
    });
  });

  for (const command of one(blocks('sh'), 'kyutai-stt serve').split('\n')) {
    it(`has \`${command.split('#')[0]?.trim()}\`, which serves until it is interrupted`, async (test) => {
      const [, ...words] = command.split('#')[0]?.trim().split(/\s+/) ?? [];
      // The document's folders, here.
      const argv = words.map(
        (word) => ({ site: CLIPS, models: at('models/') })[word] ?? word.replace(/^keys$/, join(folder, 'keys')),
      );
      const child = spawn(process.execPath, [CLI, ...argv, '--port', '0'], {
        cwd: folder,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      test.after(() => child.kill('SIGKILL'));
      const ended = new Promise((done) => child.on('close', done));
      let output = '';
      for await (const text of child.stdout.setEncoding('utf8') as AsyncIterable<string>) {
        output += text;
        if (
          output.includes('Ctrl+C') &&
          (!argv.some((word) => /^--(https|cert)$/.test(word)) || output.includes('A service worker needs'))
        )
          break;
      }
      assert.match(output, argv.includes('--https') ? /https:\/\/localhost:\d+\/\n/ : /http:\/\/localhost:\d+\//);
      child.kill('SIGINT');
      assert.equal(await ended, 0);
    });
  }
});
