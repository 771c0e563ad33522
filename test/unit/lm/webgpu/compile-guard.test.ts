/** Compilations that may have crashed the browser are not repeated; all others run. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { SttError } from '../../../../src/errors.js';
import { guardCompiling, whyNotCompile } from '../../../../src/lm/webgpu/compile-guard.js';
import { readRecord } from '../../../../src/lm/webgpu/compile-record.js';
import { fakeCaches, type FakeCaches } from '../../download/fake-caches.js';
import { FakeLocks } from './fake-locks.js';

const DAY = 24 * 60 * 60 * 1000;
const GPU = 'a1b2';

const names = ['navigator', 'caches'] as const;
const originals = names.map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)] as const);
const { now: realNow } = Date;
let caches: FakeCaches;
let locks: FakeLocks;
let time: number;

function define(name: string, value: unknown): void {
  Object.defineProperty(globalThis, name, { configurable: true, value });
}

/** Starts a browser of this version with the storage of the previous one. */
function start(version = 1): void {
  locks = new FakeLocks();
  define('navigator', { userAgent: `Browser/${version}`, locks });
}

beforeEach(() => {
  time = Date.UTC(2026, 10, 30, 12);
  Date.now = () => time;
  caches = fakeCaches();
  define('caches', caches);
  start();
});
afterEach(() => {
  Date.now = realNow;
  for (const [name, original] of originals) {
    Reflect.deleteProperty(globalThis, name);
    if (original) Object.defineProperty(globalThis, name, original);
  }
});

interface Options {
  readonly auto?: boolean;
  readonly lost?: boolean;
  readonly work?: () => Promise<unknown>;
}

/** The outcome of compiling modules, and the number of calls of the compiler. */
async function compile(
  texts: readonly string[],
  { auto = true, lost = false, work = () => Promise.resolve('done') }: Options = {},
): Promise<{ result: unknown; calls: number }> {
  let calls = 0;
  const guard = guardCompiling({ implementation: GPU, isLost: () => lost }, () => auto);
  const counted = (): Promise<unknown> => {
    calls++;
    return work();
  };
  const result = await guard(texts, counted).catch((cause: unknown) => cause);
  return { result, calls };
}

/** Compiles in a browser that crashes while it compiles. */
async function crash(texts: readonly string[], options: Options = {}): Promise<void> {
  let begin = (): void => undefined;
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const never = (): Promise<unknown> => {
    begin();
    return new Promise(() => undefined);
  };
  void compile(texts, { ...options, work: never });
  await begun;
  locks.crash();
  start();
}

function assertRefused({ result, calls }: { result: unknown; calls: number }, reason: RegExp): void {
  assert.equal(calls, 0);
  assert.ok(result instanceof SttError && result.code === 'unsupported', String(result));
  assert.match(result.message, reason);
}

const DONE = { result: 'done', calls: 1 };

describe('compiling under guard', () => {
  it('records an attempt before it begins and its survival after it ends', async () => {
    const work = async (): Promise<unknown> => (await readRecord(GPU)).attempts.map(({ modules }) => modules.length);
    assert.deepEqual(await compile(['a', 'b', 'a'], { work }), { result: [2], calls: 1 });
    const { survived, attempts } = await readRecord(GPU);
    assert.deepEqual([survived.length, attempts], [2, []]);
    assert.equal(await whyNotCompile(GPU), undefined);
  });

  it('writes nothing for modules that it has survived, and records only new ones', async () => {
    await compile(['a', 'b']);
    const before = caches.calls.get('cache.put');
    assert.deepEqual(await compile(['b', 'a']), DONE);
    assert.equal(caches.calls.get('cache.put'), before);
    const work = async (): Promise<unknown> => (await readRecord(GPU)).attempts.map(({ modules }) => modules.length);
    assert.deepEqual((await compile(['b', 'c'], { work })).result, [1]);
  });

  it('passes on compile errors and allows further attempts after them', async () => {
    const no = new Error('line 3');
    assert.deepEqual(await compile(['a'], { work: () => Promise.reject(no) }), { result: no, calls: 1 });
    assert.deepEqual((await readRecord(GPU)).attempts, []);
    assert.deepEqual(await compile(['a']), DONE);
  });

  it('does not use the GPU at the visit after a crash, and says why and until when', async () => {
    await crash(['a']);
    const reason =
      /^The GPU was not tried: on 2026-11-30 this page ended while GPU code was compiling.* It will be tried again after a day, after a browser update, or with backend="webgpu"/;
    assert.match((await whyNotCompile(GPU)) ?? '', reason);
    assertRefused(await compile(['a']), reason);
    assertRefused(await compile(['b']), reason);
  });

  it('compiles modules that it has survived, even after a crash in others', async () => {
    await compile(['a']);
    await crash(['b']);
    assert.deepEqual(await compile(['a']), DONE);
    assertRefused(await compile(['a', 'b']), /browser crashed/);
  });

  it('tries again for a caller that names the GPU, and then for every caller', async () => {
    await crash(['a']);
    assert.deepEqual(await compile(['a'], { auto: false }), DONE);
    assert.equal(await whyNotCompile(GPU), undefined);
    assert.deepEqual(await compile(['a', 'b']), DONE);
  });

  it('remembers a crash until all of its modules have compiled', async () => {
    await crash(['a', 'b']);
    await compile(['a', 'c'], { auto: false });
    assert.match((await whyNotCompile(GPU)) ?? '', /browser crashed/);
    await compile(['b'], { auto: false });
    assert.equal(await whyNotCompile(GPU), undefined);
  });

  it('records a crash of a caller that names the GPU', async () => {
    await crash(['a'], { auto: false });
    assert.match((await whyNotCompile(GPU)) ?? '', /browser crashed/);
  });

  it('tries again after a day, but after a second crash not before a browser update', async () => {
    await crash(['a']);
    time += DAY - 1;
    assert.match((await whyNotCompile(GPU)) ?? '', /after a day/);
    time += 1;
    assert.equal(await whyNotCompile(GPU), undefined);
    await crash(['a']);
    time += 400 * DAY;
    const reason =
      /: 2 times, last on 2026-12-01, this page ended .* tried again after a browser update, or with backend/;
    assert.match((await whyNotCompile(GPU)) ?? '', reason);
    assertRefused(await compile(['a']), reason);
  });

  it('tries again if the clock was set back', async () => {
    await crash(['a']);
    time -= 2 * DAY;
    assert.equal(await whyNotCompile(GPU), undefined);
  });

  it('tries again in a new version of the browser, and deletes the record of the old one', async () => {
    await crash(['a']);
    start(2);
    assert.equal(await whyNotCompile(GPU), undefined);
    assert.deepEqual(await compile(['a']), DONE);
    assert.equal(caches.names().length, 1);
    start(1);
    assert.equal(await whyNotCompile(GPU), undefined);
  });

  it('does not take another compiling tab for a crash, and waits for it', async () => {
    let finish = (): void => undefined;
    const first = compile(['a', 'b'], { work: () => new Promise<void>((resolve) => (finish = resolve)) });
    while (locks.waited === 0 && (await readRecord(GPU)).attempts.length === 0) await Promise.resolve();
    assert.equal(await whyNotCompile(GPU), undefined);
    const second = compile(['a', 'b']);
    const third = compile(['c']);
    while (locks.waited < 2) await new Promise(setImmediate);
    const puts = caches.calls.get('cache.put') ?? 0;
    finish();
    assert.deepEqual(await first, { result: undefined, calls: 1 });
    assert.deepEqual([await second, await third], [DONE, DONE]);
    // The end of the first, and the beginning and end of the third; the second has nothing left to compile.
    assert.equal((caches.calls.get('cache.put') ?? 0) - puts, 3);
    const { survived, attempts } = await readRecord(GPU);
    assert.deepEqual([survived.length, attempts], [3, []]);
  });

  it('counts a crash once, however often the GPU is requested after it', async () => {
    await crash(['a']);
    assertRefused(await compile(['a']), /on 2026-11-30 this page ended/);
    assertRefused(await compile(['a']), /on 2026-11-30 this page ended/);
    assert.equal((await readRecord(GPU)).attempts.length, 1);
  });

  it('takes a device lost while compiling for a crash of the GPU process', async () => {
    assert.deepEqual(await compile(['a'], { lost: true }), DONE);
    assertRefused(await compile(['a']), /GPU code was compiling/);
  });

  for (const [what, refuse, detail] of [
    ['no Cache API', () => Reflect.deleteProperty(globalThis, 'caches'), /the Cache API is not available/],
    ['no Web Locks', () => define('navigator', { userAgent: 'Browser/1' }), /Web Locks are not available/],
    [
      'blocked storage',
      () => {
        caches.before = () => {
          throw new DOMException('The operation is insecure.', 'SecurityError');
        };
      },
      /The operation is insecure/,
    ],
  ] as const) {
    it(`with ${what}, compiles new modules only for a caller that names the GPU`, async () => {
      refuse();
      const reason = new RegExp(`stores nothing here \\(${detail.source}\\.?\\).*tried with backend="webgpu"`);
      assert.match((await whyNotCompile(GPU)) ?? '', reason);
      assertRefused(await compile(['a']), reason);
      assert.deepEqual(await compile(['a'], { auto: false }), DONE);
    });
  }

  it('with full storage, compiles new modules only for a caller that names the GPU', async () => {
    await compile(['old']);
    caches.onPut = () => {
      throw new DOMException('full', 'QuotaExceededError');
    };
    assertRefused(await compile(['a']), /stores nothing here \(full\)/);
    assert.deepEqual(await compile(['old']), DONE);
    assert.deepEqual(await compile(['a'], { auto: false }), DONE);
  });

  it('detects a browser that reports a record as stored and did not store it', async () => {
    caches.onPut = () => undefined;
    assertRefused(await compile(['a']), /stores nothing here \(the browser stores nothing under/);
    assert.deepEqual(await compile(['a'], { auto: false }), DONE);
  });

  it('does not take storage that fills up while compiling for a crash', async () => {
    const work = (): Promise<void> => {
      caches.onPut = () => {
        throw new DOMException('full', 'QuotaExceededError');
      };
      return Promise.resolve();
    };
    assert.deepEqual(await compile(['a'], { work }), { result: undefined, calls: 1 });
    assert.equal(await whyNotCompile(GPU), undefined);
  });

  it('ignores invalid records under its name', async () => {
    await compile(['a']);
    const [name = ''] = caches.names();
    const cache = await caches.open('kyutai-stt-gpu');
    for (const body of ['', '[]', '{"survived":[1],"attempts":[]}', '{"survived":[],"attempts":[{"modules":[]}]}']) {
      await cache.put(`https://gpu.invalid/${name}`, new Response(body));
      assert.deepEqual(await readRecord(GPU), { survived: [], attempts: [] }, body);
      assert.equal(await whyNotCompile(GPU), undefined);
    }
  });
});
