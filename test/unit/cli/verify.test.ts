/** Tests of `kyutai-stt verify`: the demo model and case A pass, on the CPU and on a software GPU; wrong ones fail by exit code. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Verdict } from '../../../src/verify/judge.js';
import type { Verification } from '../../../src/verify/verify-model.js';
import { locateModel } from '../../../src/client/model-location.js';
import { startHub } from '../../hub/hub.js';
import { publicFiles } from '../../hub/public-files.js';
import { command } from './command.js';
import { DRIVER, NO_DRIVER } from './software-gpu.js';
import { wavFile } from './wav-file.js';

const CASE = 'test/fixtures/case-a';
const REFERENCE = 'test/fixtures/verify/case-a.json';

describe('kyutai-stt verify', () => {
  const kyutaiStt = command();
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'verify-'));
  });
  after(() => rm(folder, { recursive: true }));

  it('passes the demo model of the package, without arguments about it', async () => {
    const { status, out, err } = await kyutaiStt('verify', '--backend', 'wasm');
    assert.equal(status, 0, err);
    assert.match(out, /^Model +demo-en_fr-q4_0\.gguf \(q4_0, f32\)\nReference +en_long_15s, 15\.4 s: moshi /);
    assert.match(out, /1536 of 1536 \(100\.0 %\) codes equal/);
    assert.match(out, /pass {2}CPU: word error rate +0\.0 % +at most 10\.0 %\nVerification passed\.\n$/);
    assert.match(err, /^loading\ncodec\nlanguage model\nend to end\n$/);
  });

  it('passes a folder with its own reference, and says why it left out the GPU', async () => {
    const { status, out, err } = await kyutaiStt('verify', '--model', CASE, '--reference', REFERENCE, '--json');
    assert.equal(status, 0, err);
    const { passed, backends, codec } = JSON.parse(out) as Verification & Verdict;
    assert.equal(passed, true);
    assert.equal(codec.codebooks.length, 8);
    assert.equal(backends[0]?.backend, 'wasm');
    const gpu = backends[1];
    assert.ok(gpu && (!('whyNot' in gpu) || /GPU|WebGPU/.test(gpu.whyNot)), JSON.stringify(gpu));
  });

  it('fails with exit code 1 below a threshold, and still prints everything', async () => {
    const reference = JSON.parse(readFileSync(REFERENCE, 'utf8')) as { tokens: number[]; audio: string };
    const path = join(folder, 'wrong.json');
    const [audio, tokens] = [join(process.cwd(), CASE, 'input.wav'), reference.tokens.map(() => 3)];
    await writeFile(path, JSON.stringify({ ...reference, audio, tokens }));
    const { status, out } = await kyutaiStt('verify', '--model', CASE, '--reference', path, '--backend', 'wasm');
    assert.equal(status, 1);
    assert.match(out, /FAIL {2}CPU: tokens on the official codes +1\d\.\d % +at least 100\.0 %/);
    assert.match(out, /Verification failed\.\n$/);
  });

  it('refuses a model without reference, a missing reference and a wrong backend with exit code 2', async () => {
    const cases: [string[], RegExp][] = [
      [['--model', CASE], /case-a: no reference for 8 codebooks of 64 entries, expected 32 of 2048 or 8 of 256/],
      [['--reference', 'none.json'], /none\.json: ENOENT/],
      [['--reference', 'package.json'], /package\.json: codebooks: found nothing, expected a whole number/],
      [['--backend', 'npu'], /--backend is npu, expected all, wasm, webgpu/],
    ];
    for (const [args, message] of cases) {
      const { status, out, err } = await kyutaiStt('verify', ...args);
      assert.deepEqual([status, out], [2, ''], err);
      assert.match(err, message);
    }
  });

  it('downloads a model by name or URL, once, and opens it without the hub later', async () => {
    const hub = await startHub();
    const mirror = new URL(hub.url('x')).origin;
    const location = locateModel('stt-1b-en_fr', mirror, mirror);
    assert.ok('gguf' in location);
    const files = await publicFiles();
    for (const role of ['gguf', 'mimi', 'tokenizer'] as const)
      hub.put(decodeURIComponent(new URL(location[role]).pathname.slice(1)), files[role]);
    hub.put('demo.gguf', readFileSync('models/demo-en_fr-q4_0.gguf'));
    const verify = (model: string): ReturnType<typeof kyutaiStt> =>
      kyutaiStt('verify', '--model', model, '--hub', mirror, '--cache', join(folder, 'cache'), '--backend', 'wasm');
    // These files do not say how many frames the demo's codec looks back, and the report finds it.
    const named = await verify('stt-1b-en_fr');
    assert.match(
      named.out,
      /^Model +stt-1b-en_fr-q4_0\.gguf [^]*FAIL {2}codes [^]*pass {2}CPU: tokens on the official codes/,
    );
    assert.equal(named.status, 1, named.err);
    assert.match(named.err, /^downloading to .*cache\nloading\n/);
    const byUrl = await verify(hub.url('demo.gguf'));
    assert.equal(byUrl.status, 0, byUrl.err);
    assert.match(byUrl.err, /^downloading to .*cache\nloading\n/);
    const url = hub.url('demo.gguf');
    await hub.close();
    const again = await verify(url);
    assert.equal(again.status, 0, again.err);
    assert.match(again.err, /^loading\n/);
  });

  it('says in a sentence that there is no network', async () => {
    // A port that was free a moment ago.
    const hub = await startHub();
    const mirror = new URL(hub.url('x')).origin;
    await hub.close();
    for (const model of ['stt-1b-en_fr', 'kyutai/stt-1b-en_fr-candle']) {
      const args = ['--model', model, '--hub', mirror, '--cache', join(folder, 'none')];
      const { status, out, err } = await kyutaiStt('verify', ...args);
      assert.deepEqual([status, out], [1, '']);
      assert.match(
        err,
        /^kyutai-stt verify: http:\/\/127\.0\.0\.1:\d+\/\S+: .*ECONNREFUSED.*\(network\)\nCheck the network/m,
      );
    }
  });

  it('takes a path that does not exist for a path, unless it may be a name', async () => {
    const { status, err } = await kyutaiStt('verify', '--model', 'missing.gguf');
    assert.equal(status, 1);
    assert.match(err, /missing\.gguf: ENOENT/);
  });

  it('passes on a GPU in Node', { skip: NO_DRIVER }, async () => {
    // A second of case A: a software GPU needs 0.1 s for a step.
    const frames = 12;
    const reference = JSON.parse(readFileSync(REFERENCE, 'utf8')) as { tokens: number[]; codes: string };
    const codes = Buffer.from(reference.codes, 'base64')
      .subarray(0, 2 * 8 * frames)
      .toString('base64');
    const [path, audio] = [join(folder, 'short.json'), join(folder, 'short.wav')];
    await writeFile(
      path,
      JSON.stringify({ ...reference, audio, frames, codes, tokens: reference.tokens.slice(0, frames + 1) }),
    );
    const wav = readFileSync(join(CASE, 'input.wav'));
    const samples = Array.from({ length: frames * 1920 }, (_, i) => wav.readInt16LE(44 + 2 * i));
    await writeFile(audio, wavFile({ sampleRate: 24_000, channels: 1, bits: 16 }, samples));
    const args = ['verify', '--model', CASE, '--reference', path, '--backend', 'webgpu'];
    const { status, out, err } = await kyutaiStt.inShell('exec "$0" "$@"', { VK_ICD_FILENAMES: DRIVER }, ...args);
    assert.equal(status, 0, err);
    assert.match(out, /tokens equal on the official codes +13 of 13 \(100\.0 %\)/);
    assert.match(out, /runs on +google swiftshader/);
    assert.match(out, /pass {2}GPU: tokens end to end +100\.0 %/);
  });
});
