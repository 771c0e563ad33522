/** A CacheStorage in memory that can fail in the ways that browsers do, and counts its calls. */

interface Entry {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly headers: Headers;
}

interface FakeCache {
  readonly entries: Map<string, Entry>;
  /** Names that are not listed, and whose next `put` resolves and stores nothing. */
  readonly lost: Set<string>;
}

type Method = 'open' | 'has' | 'keys' | 'match' | 'delete' | 'cache.keys' | 'cache.put' | 'cache.delete';

export interface FakeCaches extends CacheStorage {
  /** Calls so far, by method. */
  readonly calls: Map<Method, number>;
  /** Bodies read so far, by the names of their entries. */
  readonly bodiesRead: string[];
  /** Returns the body to store under `name`, or `undefined` to store nothing; `put` resolves either way. */
  onPut: (name: string, body: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer> | undefined;
  /** Called after each `put` has resolved. */
  afterPut: (name: string) => void;
  /** Called before each call, which rejects with what it throws. */
  before: (method: Method) => void;
  /** Turns of the event loop that each call takes; default 0. */
  turns: () => number;
  /** `caches.delete` resolves with false and deletes nothing. */
  refusesDelete: boolean;
  /**
   * Simulates WebKit, in a session that keeps nothing, after the last window of an origin is closed: caches stay listed, their
   * entries are gone, and a `put` under an earlier name resolves and stores nothing until the entry or the cache is deleted.
   */
  leave(): void;
  /** Deletes entries, as a browser without space may do. Returns their number. */
  evict(fits: (name: string) => boolean): number;
  /** Deletes every cache, as the browser does when it evicts the origin. Open caches become detached. */
  evictAll(): void;
  /** Names of all entries, without their common host. */
  names(): string[];
}

export function fakeCaches(): FakeCaches {
  const all = new Map<string, FakeCache>();
  const calls = new Map<Method, number>();
  const bodiesRead: string[] = [];
  const call = async (method: Method): Promise<void> => {
    await Promise.resolve();
    for (let i = fake.turns(); i > 0; i--) await new Promise(setImmediate);
    calls.set(method, (calls.get(method) ?? 0) + 1);
    fake.before(method);
  };
  const responseOf = (url: string, { body, headers }: Entry): Response =>
    Object.assign(new Response(body, { headers }), {
      arrayBuffer: () => {
        bodiesRead.push(nameIn(url));
        return Promise.resolve(body.slice().buffer);
      },
      text: () => {
        bodiesRead.push(nameIn(url));
        return Promise.resolve(new TextDecoder().decode(body));
      },
      json: () => {
        bodiesRead.push(nameIn(url));
        return Promise.resolve(JSON.parse(new TextDecoder().decode(body)) as unknown);
      },
    });
  const handle = (cache: FakeCache): Cache =>
    ({
      keys: async (only?: string) => {
        await call('cache.keys');
        return [...cache.entries.keys()]
          .filter((url) => only === undefined || url === only)
          .map((url) => new Request(url));
      },
      match: async (url: string) => {
        await call('match');
        const entry = cache.entries.get(url);
        return entry && responseOf(url, entry);
      },
      put: async (url: string, response: Response) => {
        const { headers } = response;
        const sent = new Uint8Array(await response.arrayBuffer());
        await call('cache.put');
        const body = fake.onPut(nameIn(url), sent);
        if (body !== undefined && !cache.lost.has(url)) cache.entries.set(url, { body, headers });
        fake.afterPut(nameIn(url));
      },
      addAll: async (requests: readonly Request[]) => {
        for (const { url } of requests) await handle(cache).put(url, new Response('file'));
      },
      delete: async (request: string | Request) => {
        const url = typeof request === 'string' ? request : request.url;
        await call('cache.delete');
        const [was, lost] = [cache.entries.delete(url), cache.lost.delete(url)];
        return was || lost;
      },
    }) as unknown as Cache;
  const fake: FakeCaches = {
    calls,
    bodiesRead,
    onPut: (_, body) => body,
    afterPut: () => undefined,
    before: () => undefined,
    turns: () => 0,
    refusesDelete: false,
    leave: () => {
      for (const { entries, lost } of all.values()) {
        for (const url of entries.keys()) lost.add(url);
        entries.clear();
      }
    },
    evict: (fits) => {
      let evicted = 0;
      for (const { entries } of all.values())
        for (const url of entries.keys()) if (fits(nameIn(url)) && entries.delete(url)) evicted++;
      return evicted;
    },
    evictAll: () => all.clear(),
    names: () => [...all.values()].flatMap(({ entries }) => [...entries.keys()].map(nameIn)),
    open: async (name) => {
      await call('open');
      const cache = all.get(name) ?? { entries: new Map<string, Entry>(), lost: new Set<string>() };
      all.set(name, cache);
      return handle(cache);
    },
    has: async (name) => {
      await call('has');
      return all.has(name);
    },
    keys: async () => {
      await call('keys');
      return [...all.keys()];
    },
    delete: async (name) => {
      await call('delete');
      return !fake.refusesDelete && all.delete(name);
    },
    match: async (url, { cacheName = '' } = {}) => {
      await call('match');
      const entry = all.get(cacheName)?.entries.get(url as string);
      return entry && responseOf(url as string, entry);
    },
  };
  return fake;
}

function nameIn(url: string): string {
  return new URL(url).pathname.slice(1);
}
