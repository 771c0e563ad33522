import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { SttError } from '../../../src/errors.js';
import type { DeliveryProgress, Depot, DepotOptions, FileWanted } from '../../../src/model/delivery/contract.js';
import { openDepot } from '../../../src/model/delivery/depot.js';
import { listModels, removeModel } from '../../../src/model/delivery/installed.js';
import { localLocks } from '../../../src/model/delivery/local-locks.js';
import { memoryStore } from '../../../src/model/delivery/memory-store.js';
import type { Fault, HubRequest } from '../../hub/faults.js';
import { startHub, type Hub } from '../../hub/hub.js';
import { randomBytes, seeded } from '../../hub/random.js';
import { manifestOf, testStore, testThread, type TestStore, type TestThread } from './rig.js';

const CHUNK = 16 * 1024;
const STALL_MS = 500;
const bytes = randomBytes(seeded(7), 10 * CHUNK + 1234);

const all = async (source: {
  size: number;
  read(at: number, length: number): Promise<Uint8Array>;
}): Promise<Uint8Array> => source.read(0, source.size);

describe('a depot', () => {
  let hub: Hub;
  let fault: (request: HubRequest) => Fault = () => ({});
  let sent: { start: number; length: number }[] = [];
  let store: TestStore;
  let thread: TestThread;
  let signatureUses = Infinity;
  let exposesHeaders = true;

  const restart = async (): Promise<void> => {
    await hub.close();
    await start();
  };
  const start = async (): Promise<void> => {
    hub = await startHub({
      faults: (request) => fault(request),
      signatureUses,
      exposesHeaders,
      onSent: (_name, from, length) => sent.push({ start: from, length }),
    });
    hub.put('file.bin', bytes);
  };
  const plain = (): FileWanted => ({ url: hub.url('file.bin'), chunkBytes: CHUNK });
  const hashed = (): FileWanted => manifestOf(hub.url('file.bin'), bytes, CHUNK);
  const depots: Depot[] = [];
  const depot = (options: Partial<DepotOptions> = {}): Depot => {
    const opened = openDepot('model', { store, platform: thread, stallMs: STALL_MS, ...options });
    depots.push(opened);
    return opened;
  };
  const sentBytes = (): number => sent.reduce((sum, { length }) => sum + length, 0);
  const storageRequests = (): number => hub.requests.filter(({ at }) => at === 'storage').length;

  before(start);
  after(() => hub.close());
  afterEach(() => depots.splice(0).forEach((opened) => opened.close()));
  beforeEach(async () => {
    fault = () => ({});
    signatureUses = Infinity;
    exposesHeaders = true;
    await restart();
    sent = [];
    store = testStore();
    thread = testThread(seeded(3), STALL_MS);
  });

  for (const [what, file] of [
    ['with a manifest', hashed],
    ['without one', plain],
  ] as const) {
    describe(what, () => {
      it('brings every byte once, in ranges, and reads it from the store without a request after', async () => {
        const first = depot();
        assert.deepEqual(await all(await first.open(file())), bytes);
        first.close();
        assert.equal(sentBytes(), bytes.length);
        const asked = hub.requests.length;
        const second = depot();
        assert.deepEqual(await second.survey([file()]), {
          storedBytes: bytes.length,
          totalBytes: bytes.length,
          complete: true,
        });
        assert.deepEqual(await all(await second.open(file())), bytes);
        second.close();
        assert.equal(hub.requests.length, asked);
        assert.ok(hub.requests.every(({ method }) => method === 'GET'));
      });

      it('goes on where a cut left off', async () => {
        fault = ({ at, index }) => (at === 'storage' && index < 12 ? { cutAfter: 3000 + index * 700 } : {});
        const one = depot();
        assert.deepEqual(await all(await one.open(file())), bytes);
        one.close();
        // A connection that breaks takes with it what nobody has read yet, a piece of 16 kB at most.
        assert.ok(sentBytes() < bytes.length + 6 * CHUNK, String(sentBytes() - bytes.length));
      });

      it('streams the one body of a server that ignores ranges', async () => {
        fault = ({ at }) => (at === 'storage' ? { ignoresRange: true } : {});
        const one = depot();
        assert.deepEqual(await all(await one.open(file())), bytes);
        one.close();
        assert.equal(storageRequests(), 1);
      });

      it('takes a compressed answer for what it decompresses to', async () => {
        fault = ({ at }) => (at === 'storage' ? { gzip: true } : {});
        const one = depot();
        assert.deepEqual(await all(await one.open(file())), bytes);
        one.close();
      });

      it('restarts a request that drips or hangs', async () => {
        fault = ({ at, index }) => {
          if (at === 'hub' || index > 6) return {};
          return index % 2 === 0 ? { hangs: true } : { drip: { bytes: 3, everyMs: 10 } };
        };
        const one = depot();
        assert.deepEqual(await all(await one.open(file())), bytes);
        one.close();
      });

      it('asks the first address again once a signed one has expired', async () => {
        signatureUses = 3;
        await restart();
        const one = depot();
        assert.deepEqual(await all(await one.open(file())), bytes);
        one.close();
        assert.ok(hub.requests.filter(({ at }) => at === 'hub').length >= 3);
        assert.equal(sentBytes(), bytes.length);
      });

      it('resumes after a reload with what is missing', async () => {
        const stopped = new Set<number>();
        fault = ({ at, range }) => {
          if (at === 'storage' && (range?.[0] ?? 0) >= 6 * CHUNK) stopped.add(1);
          return stopped.size > 0 ? { refuses: true } : {};
        };
        const one = depot({ tries: 1 });
        await assert.rejects(one.open(file()), hasCode('network'));
        one.close();
        const kept = (await depot().survey([file()])).storedBytes;
        assert.ok(kept > 0 && kept < bytes.length);
        fault = () => ({});
        sent = [];
        const two = depot();
        assert.deepEqual(await all(await two.open(file())), bytes);
        two.close();
        assert.equal(sentBytes(), bytes.length - kept);
      });

      it('fetches once for two tabs, and tells both how far it is', async () => {
        const locks = localLocks();
        const seen: DeliveryProgress[][] = [[], []];
        const tabs = [0, 1].map((i) =>
          depot({
            platform: testThread(seeded(i), STALL_MS, locks),
            onProgress: (progress) => seen[i]!.push(progress),
          }),
        );
        fault = ({ at }) => (at === 'storage' ? { drip: { bytes: 4096, everyMs: 40 } } : {});
        const sources = await Promise.all(tabs.map((tab) => tab.open(file())));
        for (const source of sources) assert.deepEqual(await all(source), bytes);
        tabs.forEach((tab) => tab.close());
        assert.equal(sentBytes(), bytes.length);
        for (const each of seen) assert.ok(each.some(({ loaded }) => loaded > 0 && loaded < bytes.length));
        assert.deepEqual(
          seen.map((each) => last(each)?.phase),
          ['done', 'done'],
        );
      });

      it('mends a chunk that is damaged in the store, and fetches only that', async () => {
        const one = depot();
        await one.open(file());
        one.close();
        sent = [];
        assert.equal(await store.damage((name) => /\/3\.\d+\./.test(name)), 1);
        const two = depot();
        assert.deepEqual(await all(await two.open(file())), bytes);
        two.close();
        assert.deepEqual([...new Set(sent.map(({ start: at }) => Math.floor(at / CHUNK)))], [3]);
        assert.equal(sentBytes(), CHUNK);
      });

      it('says quota, with both numbers, before the first byte', async () => {
        store.capacity = bytes.length - 1000;
        const one = depot();
        await assert.rejects(one.open(file()), (error: SttError) => {
          assert.equal(error.code, 'quota');
          assert.match(error.message, new RegExp(`needs ${bytes.length} bytes more, \\d+ are free`));
          return true;
        });
        one.close();
        assert.ok(sentBytes() < CHUNK * 2);
        assert.equal((await store.names('model')).filter((name) => /\/0\./.test(name)).length, 0);
      });

      it('keeps in memory what does not fit, if that was agreed, and says so', async () => {
        store.capacity = 5 * CHUNK;
        store.claimsFree = Infinity;
        const one = depot({ whenFull: 'memory' });
        assert.equal(one.whyNotKept, undefined);
        assert.deepEqual(await all(await one.open(file())), bytes);
        assert.match(String(one.whyNotKept), /full/);
        one.close();
        assert.equal(sentBytes(), bytes.length);
      });

      it('says quota where the store fills up on the way, and keeps what it has', async () => {
        store.capacity = 5 * CHUNK;
        store.claimsFree = Infinity;
        const one = depot();
        await assert.rejects(one.open(file()), hasCode('quota'));
        one.close();
        assert.ok((await depot().survey([file()])).storedBytes > 0);
      });

      it('waits out a server that is busy, as long as it asks, and gives up after so many tries', async () => {
        fault = ({ index }) => (index < 3 ? { status: 429, retryAfter: '7' } : {});
        const one = depot();
        assert.deepEqual(await all(await one.open(file())), bytes);
        one.close();
        assert.ok(
          thread.waits.slice(0, 3).every((ms) => ms >= 7000 && ms <= 8750),
          String(thread.waits),
        );

        store = testStore();
        fault = () => ({ status: 503 });
        thread.waits.length = 0;
        const two = depot();
        await assert.rejects(two.open(file()), /given up after 8 tries; .* 503/);
        two.close();
        assert.equal(thread.waits.length, 7);
        assert.ok(thread.waits.every((ms, i) => ms >= 250 * 2 ** i && ms <= Math.min(500 * 2 ** i, 30_000)));
      });

      it('waits while there is no network, however long, and then goes on', async () => {
        thread.online = false;
        fault = () => ({ refuses: !thread.online });
        const { waits } = thread;
        const seen: string[] = [];
        const one = depot({ onProgress: ({ phase }) => seen.push(phase) });
        const opening = one.open(file());
        while (waits.length < 50) await new Promise((resolve) => setTimeout(resolve, 1));
        thread.online = true;
        assert.deepEqual(await all(await opening), bytes);
        one.close();
        assert.ok(seen.includes('waiting'));
      });

      it('stops at once when paused, goes on when resumed, and fetches nothing twice', async () => {
        fault = ({ at }) => (at === 'storage' ? { drip: { bytes: 2048, everyMs: 5 } } : {});
        const phases: string[] = [];
        let paused = false as boolean;
        const one = depot({
          onProgress: ({ phase, loaded }) => {
            phases.push(phase);
            if (!paused && loaded > 2 * CHUNK) {
              paused = true;
              one.pause();
            }
          },
        });
        const opening = one.open(file());
        while (!paused) await new Promise((resolve) => setTimeout(resolve, 5));
        await new Promise((resolve) => setTimeout(resolve, 50));
        const before = hub.requests.length;
        await new Promise((resolve) => setTimeout(resolve, 100));
        assert.equal(hub.requests.length, before);
        assert.equal(last(phases), 'paused');
        one.resume();
        assert.deepEqual(await all(await opening), bytes);
        one.close();
        // What was on its way when the pause came may have been for nothing.
        assert.ok(sentBytes() <= bytes.length + 4 * 4096, String(sentBytes() - bytes.length));
      });

      it('rejects with AbortError when aborted, and another goes on', async () => {
        const controller = new AbortController();
        fault = ({ at }) => (at === 'storage' ? { drip: { bytes: 2048, everyMs: 5 } } : {});
        const one = depot({
          signal: controller.signal,
          onProgress: ({ loaded }) => {
            if (loaded > 3 * CHUNK) controller.abort();
          },
        });
        await assert.rejects(one.open(file()), { name: 'AbortError' });
        one.close();
        fault = () => ({});
        const two = depot();
        assert.deepEqual(await all(await two.open(file())), bytes);
        two.close();
      });

      it('says what the server says of an address that leads nowhere', async () => {
        const one = depot();
        await assert.rejects(one.open({ ...file(), url: hub.url('absent.bin') }), /absent\.bin: 404/);
        one.close();
      });

      it('works where other origins may read no header', async () => {
        exposesHeaders = false;
        await restart();
        const one = depot();
        assert.deepEqual(await all(await one.open(file())), bytes);
        one.close();
      });

      it('takes nothing from answers that tell a wrong length or another range', async () => {
        fault = ({ at, index }) => {
          if (at === 'hub' || index > 8) return {};
          return index % 2 === 0 ? { lengthOffBy: 500 } : { rangeOffBy: 16 };
        };
        const one = depot();
        assert.deepEqual(await all(await one.open(file())), bytes);
        one.close();
      });
    });
  }

  it('fetches a chunk that arrives damaged again, once, and then says integrity', async () => {
    const damaged = new Set<number>();
    fault = ({ at, range }) => {
      if (at === 'hub' || range === undefined || damaged.has(range[0])) return {};
      damaged.add(range[0]);
      return { flipAt: 17 };
    };
    const one = depot();
    assert.deepEqual(await all(await one.open(hashed())), bytes);
    one.close();
    assert.equal(sentBytes(), 2 * bytes.length);

    store = testStore();
    fault = ({ range }) => (range?.[0] === 2 * CHUNK ? { flipAt: 17 } : {});
    const two = depot();
    await assert.rejects(two.open(hashed()), (error: SttError) => {
      assert.equal(error.code, 'integrity');
      assert.match(error.message, /file\.bin: chunk 2 has SHA-256 [0-9a-f]{64}, expected [0-9a-f]{64}/);
      return true;
    });
    two.close();
  });

  it('says model-invalid where the server has a file of another size than the manifest', async () => {
    const one = depot();
    hub.put('file.bin', bytes.subarray(0, 5 * CHUNK));
    await assert.rejects(one.open(hashed()), new RegExp(`is ${5 * CHUNK} bytes long at .*, expected ${bytes.length}`));
    one.close();
  });

  it('starts a file anew that is replaced while it is fetched', async () => {
    const other = randomBytes(seeded(8), bytes.length);
    fault = ({ at, range }) => {
      if (at === 'storage' && (range?.[0] ?? 0) >= 4 * CHUNK) hub.put('file.bin', other);
      return {};
    };
    const one = depot({ lanes: 1 });
    assert.deepEqual(await all(await one.open(plain())), other);
    one.close();
  });

  it('gives up on a file that never stays the same', async () => {
    let version = 0;
    fault = ({ at }) => {
      if (at === 'storage') hub.put('file.bin', randomBytes(seeded(++version), bytes.length));
      return {};
    };
    const one = depot({ lanes: 1 });
    await assert.rejects(one.open(plain()), /was replaced: etag .*, was etag .*, again after it was fetched anew/);
    one.close();
  });

  it('does not mix what is left of an older version with a newer one', async () => {
    fault = ({ range }) => (range !== undefined && range[0] >= 6 * CHUNK ? { refuses: true } : {});
    const one = depot({ tries: 1, lanes: 1 });
    await assert.rejects(one.open(plain()), hasCode('network'));
    one.close();
    const other = randomBytes(seeded(9), bytes.length);
    hub.put('file.bin', other);
    fault = () => ({});
    const two = depot();
    assert.deepEqual(await all(await two.open(plain())), other);
    two.close();
  });

  it('commits what it opened and evicts the version before', async () => {
    const one = depot();
    await one.open(plain());
    await one.commit();
    one.close();
    hub.put('second.bin', bytes.subarray(0, 3 * CHUNK));
    const second = { url: hub.url('second.bin'), chunkBytes: CHUNK };
    const two = depot();
    await two.open(second);
    assert.deepEqual(
      (await listModels(store)).map(({ key, bytes: size }) => [key, size]),
      [['model', bytes.length + 3 * CHUNK]],
    );
    await two.commit();
    two.close();
    const [model, ...others] = await listModels(store);
    assert.deepEqual([model?.files, model?.bytes, model?.complete], [[second], 3 * CHUNK, true]);
    assert.equal(others.length, 0);
    await removeModel(store, 'model');
    assert.deepEqual(await listModels(store), []);
    assert.equal((await depot().survey([second])).storedBytes, 0);
  });

  it('takes an empty file, and one that is exactly whole chunks long', async () => {
    hub.put('empty.bin', new Uint8Array());
    hub.put('whole.bin', bytes.subarray(0, 3 * CHUNK));
    const one = depot();
    assert.equal((await one.open({ url: hub.url('empty.bin') })).size, 0);
    const source = await one.open({ url: hub.url('whole.bin'), chunkBytes: CHUNK });
    assert.deepEqual(await all(source), bytes.subarray(0, 3 * CHUNK));
    one.close();
  });

  it('does not ask for room for what is in the store already', async () => {
    await depot().open(hashed());
    hub.put('second.bin', bytes.subarray(0, 4 * CHUNK));
    const second = manifestOf(hub.url('second.bin'), bytes.subarray(0, 4 * CHUNK), CHUNK);
    store.capacity = store.usedBytes + 5 * CHUNK;
    const seen: DeliveryProgress[] = [];
    const one = depot({ onProgress: (progress) => seen.push(progress) });
    one.expect([hashed(), second]);
    await one.open(second);
    assert.equal(last(seen)?.loaded, bytes.length + 4 * CHUNK);
  });

  it('says quota where there is no room for a record', async () => {
    store.capacity = 10;
    store.claimsFree = Infinity;
    await assert.rejects(depot().open(plain()), hasCode('quota'));
    await assert.rejects(depot().openSparse(plain()), hasCode('quota'));
  });

  it('reads across chunks, and refuses to read beyond the end', async () => {
    const one = depot();
    const source = await one.open(hashed());
    assert.deepEqual(await source.read(CHUNK - 5, CHUNK + 10), bytes.slice(CHUNK - 5, 2 * CHUNK + 5));
    await assert.rejects(source.read(bytes.length - 1, 2), hasCode('model-invalid'));
    one.close();
  });

  it('keeps everything in memory where there is no store, and says why', async () => {
    const one = depot({ store: memoryStore('private mode') });
    assert.equal(one.whyNotKept, 'private mode');
    assert.deepEqual(await all(await one.open(hashed())), bytes);
    one.close();
  });

  it('sums the progress of its files from the start', async () => {
    hub.put('second.bin', bytes.subarray(0, 4 * CHUNK));
    const second = manifestOf(hub.url('second.bin'), bytes.subarray(0, 4 * CHUNK), CHUNK);
    const seen: DeliveryProgress[] = [];
    const one = depot({ onProgress: (progress) => seen.push(progress) });
    one.expect([hashed(), second]);
    await Promise.all([one.open(hashed()), one.open(second)]);
    one.close();
    const total = bytes.length + 4 * CHUNK;
    assert.ok(
      seen.every((progress) => progress.total === total),
      JSON.stringify(seen[0]),
    );
    const end = last(seen);
    assert.deepEqual([end?.phase, end?.loaded], ['done', total]);
  });
});

function hasCode(code: string): (error: unknown) => boolean {
  return (error) => error instanceof SttError && error.code === code;
}

function last<T>(list: readonly T[]): T | undefined {
  return list[list.length - 1];
}
