/** Runs the commands of docs/archives.md as they are written there, with two recordings for each shard at most. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { findParallel } from '../../../../tools/find-parallel.mjs';
import { command } from '../command.js';

const path = (relative: string): string => fileURLToPath(new URL(`../../../../${relative}`, import.meta.url));
const SPEECH = path('test/fixtures/speech-formats/speech.opus');
const PLACES = ['a', 'b', '2023/a', '2023/b', '2024/05/a'];

const kyutaiStt = command();

/** The commands in the document, as one would copy them. */
async function commands(): Promise<string[]> {
  const text = await readFile(path('docs/archives.md'), 'utf8');
  return [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block);
}

/** The only command that contains `words`. */
async function commandWith(words: string): Promise<string> {
  const [found, ...others] = (await commands()).filter((block) => block.includes(words));
  assert.ok(found !== undefined && others.length === 0, `one command with ${words}`);
  return found;
}

describe('docs/archives.md', () => {
  let root = '';
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'kyutai-stt-'));
    for (const place of PLACES) {
      const file = join(root, 'archive', `${place}.opus`);
      await mkdir(dirname(file), { recursive: true });
      await copyFile(SPEECH, file);
    }
    await mkdir(join(root, 'bin'));
  });
  beforeEach(async () => {
    await rm(join(root, 'transcripts'), { recursive: true, force: true });
    const [node, script] = kyutaiStt.words;
    await writeFile(join(root, 'bin/kyutai-stt'), `#!/bin/sh\nexec "${node}" "${script}" "$@"\n`, { mode: 0o755 });
  });
  after(() => rm(root, { recursive: true }));

  /** Runs a script in the folder that holds `archive`, with the command installed. */
  async function shell(script: string, variables: Readonly<Record<string, string>> = {}): Promise<[number, string]> {
    const env = { ...process.env, PATH: `${join(root, 'bin')}:${process.env['PATH'] ?? ''}`, HOME: root, ...variables };
    const child = spawn('sh', ['-c', script], { cwd: root, env, stdio: ['ignore', 'ignore', 'pipe'] });
    let err = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    const status = await new Promise<number>((done) => child.on('close', (code) => done(code ?? -1)));
    return [status, err];
  }

  /** The transcripts, without extension; each has the words of its recording. */
  async function transcripts(folder = 'transcripts'): Promise<string[]> {
    const files = (await readdir(join(root, folder), { recursive: true })).filter((file) => file.endsWith('.txt'));
    for (const file of files)
      assert.equal(await readFile(join(root, folder, file), 'utf8'), 'two two light number\n', file);
    return files.map((file) => file.replace(/\.txt$/, '')).sort();
  }

  it('transcribes a folder by one command', async () => {
    const script = await commandWith('npm install');
    const [status, err] = await shell(script.replace(/^npm install .*$/m, ''));
    assert.equal(status, 0, err);
    assert.deepEqual(await transcripts(), [...PLACES].sort());
  });

  it('divides a folder between processes of GNU parallel', async () => {
    findParallel();
    const script = await commandWith('seq ');
    const [status, err] = await shell(script);
    assert.equal(status, 0, err);
    assert.deepEqual(await transcripts(), [...PLACES].sort());
  });

  it('ends GNU parallel with the number of shards that had a bad file', async () => {
    findParallel();
    const bad = join(root, 'archive/c.opus');
    await writeFile(bad, 'no audio');
    try {
      const [status, err] = await shell(await commandWith('seq '));
      assert.equal(status, 1, err);
      assert.match(err, /archive\/c\.opus/);
      assert.deepEqual(await transcripts(), [...PLACES].sort());
    } finally {
      await rm(bad);
    }
  });

  it('transcribes a list of files by GNU parallel, in the folders they come from', async () => {
    findParallel();
    const [status, err] = await shell(await commandWith('find '));
    assert.equal(status, 0, err);
    assert.deepEqual(await transcripts('transcripts/archive'), [...PLACES].sort());
  });

  it('divides a folder between the jobs of a Slurm array', async () => {
    const script = await commandWith('#SBATCH');
    const jobs = Number(/--array=1-(\d+)$/m.exec(script)?.[1]);
    assert.ok(jobs >= PLACES.length);
    for (let job = 1; job <= jobs; job++) {
      const [status, err] = await shell(script, {
        SLURM_ARRAY_TASK_ID: String(job),
        SLURM_ARRAY_TASK_COUNT: String(jobs),
        SLURM_CPUS_PER_TASK: '1',
      });
      assert.equal(status, 0, err);
    }
    assert.deepEqual(await transcripts(), [...PLACES].sort());
  });
});
