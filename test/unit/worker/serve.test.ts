import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { SttError } from '../../../src/errors.js';
import {
  PROTOCOL_VERSION,
  type AudioMessage,
  type HelloMessage,
  type PageMessage,
  type WorkerMessage,
} from '../../../src/protocol/messages.js';
import type { StreamEvent } from '../../../src/protocol/stream-events.js';
import { EnginePool, type EngineLoader, type PoolOptions } from '../../../src/worker/engine-pool.js';
import { greet } from '../../../src/worker/serve.js';
import { FakeEngine, frame } from './fake-engine.js';

type Received = WorkerMessage | HelloMessage;
type Open = Extract<PageMessage, { type: 'open' }>;

const GRACE_MS = 30;
const ports: MessagePort[] = [];
afterEach(() => ports.splice(0).forEach((port) => port.close()));

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A page's end of a port: records messages and waits for them. */
class Page {
  readonly received: Received[] = [];
  readonly #port: MessagePort;
  readonly #waiting: (() => void)[] = [];

  constructor(pool: EnginePool) {
    const { port1, port2 } = new MessageChannel();
    ports.push(port1, port2);
    this.#port = port1;
    port1.onmessage = ({ data }: MessageEvent<Received>) => {
      this.received.push(data);
      for (const resolve of this.#waiting.splice(0)) resolve();
    };
    greet(port2, pool);
  }

  post(message: PageMessage, transfer: Transferable[] = []): void {
    this.#port.postMessage(message, transfer as never);
  }

  open(model = 'm', version = PROTOCOL_VERSION, backend: Open['backend'] = 'wasm'): void {
    const message: Open = { type: 'open', version, model: { url: `https://example.org/${model}.gguf` }, backend };
    this.post(message);
  }

  listen(stream: number): (message: AudioMessage) => void {
    const { port1, port2 } = new MessageChannel();
    ports.push(port1);
    this.post({ type: 'listen', stream, port: port2 }, [port2 as never]);
    return (message) => port1.postMessage(message);
  }

  /** Waits for `count` messages of this type and returns the last. */
  receives<T extends Received['type']>(type: T, count = 1): Promise<Extract<Received, { type: T }>> {
    return this.#until(() => this.received.filter((message) => message.type === type)[count - 1]) as never;
  }

  /** Waits for the first stream event of this type and returns it with its stream's number. */
  emits<T extends StreamEvent['type']>(type: T): Promise<{ stream: number; event: Extract<StreamEvent, { type: T }> }> {
    return this.#until(() => this.events.find(({ event }) => event.type === type)) as never;
  }

  get events(): Extract<Received, { type: 'stream' }>[] {
    return this.received.filter((message) => message.type === 'stream');
  }

  count(type: StreamEvent['type']): number {
    return this.events.filter(({ event }) => event.type === type).length;
  }

  async #until<T>(find: () => T | undefined): Promise<T> {
    for (;;) {
      const found = find();
      if (found) return found;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }
}

/** A pool and the engines it loads. */
function poolOf(options: PoolOptions & { load?: EngineLoader; ms?: number } = {}): {
  pool: EnginePool;
  engines: FakeEngine[];
} {
  const engines: FakeEngine[] = [];
  const load: EngineLoader = async (_model, progress, signal) => {
    progress({ phase: 'download', loaded: 1, total: 2 });
    await wait(options.ms ?? 0);
    signal.throwIfAborted();
    return () => {
      const engine = new FakeEngine(engines.length + 1);
      engines.push(engine);
      return Promise.resolve(engine);
    };
  };
  return { pool: new EnginePool(options.load ?? load, { graceMs: GRACE_MS, ...options }), engines };
}

describe('serve', { timeout: 20_000 }, () => {
  it('greets every port with its version', async () => {
    const page = new Page(poolOf().pool);
    assert.equal((await page.receives('hello')).version, PROTOCOL_VERSION);
  });

  it('rejects a page of another protocol version and names both versions', async () => {
    const page = new Page(poolOf().pool);
    page.open('m', PROTOCOL_VERSION + 1);
    const { error } = await page.receives('failed');
    assert.equal(error.code, 'worker-failed');
    assert.match(error.message, new RegExp(`${PROTOCOL_VERSION}.*${PROTOCOL_VERSION + 1}`));
  });

  it('loads a model once for several pages, and reports progress to each', async () => {
    const { pool, engines } = poolOf({ ms: 20 });
    const pages = [new Page(pool), new Page(pool)];
    pages.forEach((page) => page.open());
    for (const page of pages) {
      assert.equal((await page.receives('ready')).info.engineId, 'fake-1');
      await page.receives('progress');
    }
    assert.equal(engines.length, 1);
  });

  it('reports to a page that uses auto why it is not the GPU', async () => {
    const { pool } = poolOf({ whyNot: () => Promise.resolve('There is no GPU') });
    const [auto, named] = (['auto', 'wasm'] as const).map((backend) => {
      const page = new Page(pool);
      page.open('m', PROTOCOL_VERSION, backend);
      return page;
    });
    assert.ok(auto && named);
    assert.equal((await auto.receives('ready')).info.fallback, 'There is no GPU');
    assert.equal('fallback' in (await named.receives('ready')).info, false);
  });

  it('loads two models side by side', async () => {
    const { pool, engines } = poolOf();
    const pages = ['a', 'b'].map((model) => {
      const page = new Page(pool);
      page.open(model);
      return page;
    });
    for (const page of pages) await page.receives('ready');
    assert.equal(engines.length, 2);
  });

  it('tries again after a failed load', async () => {
    let attempts = 0;
    const { pool } = poolOf({
      load: () =>
        ++attempts === 1
          ? Promise.reject(new SttError('network', 'cut'))
          : Promise.resolve(() => Promise.resolve(new FakeEngine(1))),
    });
    const page = new Page(pool);
    page.open();
    assert.equal((await page.receives('failed')).error.code, 'network');
    page.open();
    await page.receives('ready');
  });

  it('reports a lost engine to its pages and loads a new one on the next open', async () => {
    const { pool, engines } = poolOf();
    const page = new Page(pool);
    page.open();
    await page.receives('ready');
    const send = page.listen(7);
    send({ type: 'frame', index: 0, pcm: frame('word') });
    await page.emits('word');
    engines[0]!.lose(new SttError('gpu-device-lost', 'the driver was reset'));
    assert.equal((await page.receives('failed')).error.code, 'gpu-device-lost');
    page.open();
    assert.equal((await page.receives('ready', 2)).info.engineId, 'fake-2');
    assert.deepEqual(
      engines.map(({ disposed, sessions }) => [disposed, sessions]),
      [
        [true, 0],
        [false, 0],
      ],
    );
  });

  it('keeps an engine for the grace period, then disposes of it', async () => {
    const { pool, engines } = poolOf();
    const first = new Page(pool);
    first.open();
    await first.receives('ready');
    first.post({ type: 'close' });
    const second = new Page(pool);
    second.open();
    await second.receives('ready');
    await wait(GRACE_MS * 3);
    assert.deepEqual(
      engines.map(({ disposed }) => disposed),
      [false],
    );
    second.post({ type: 'close' });
    await wait(GRACE_MS * 3);
    assert.deepEqual(
      engines.map(({ disposed }) => disposed),
      [true],
    );
  });

  it('stops a load when no page waits for it', async () => {
    const { pool, engines } = poolOf({ ms: 20 });
    const page = new Page(pool);
    page.open();
    await page.receives('progress');
    page.post({ type: 'close' });
    await wait(60);
    assert.equal(engines.length, 0);
  });

  it('transcribes frames, and finishes a stream only once its source has ended', async () => {
    const page = new Page(poolOf().pool);
    page.open();
    await page.receives('ready');
    const send = page.listen(7);
    send({ type: 'frame', index: 0, pcm: frame('word') });
    assert.equal((await page.emits('word')).stream, 7);
    page.post({ type: 'finish', stream: 7 });
    await wait(40);
    assert.equal(page.count('end'), 0);
    send({ type: 'frame', index: 1, pcm: frame('word') });
    send({ type: 'end' });
    assert.equal((await page.emits('end')).event.metrics.frames, 3);
    assert.equal(page.count('word'), 3);
  });

  it('transcribes frames that were sent before the model was loaded', async () => {
    const page = new Page(poolOf({ ms: 20 }).pool);
    page.open();
    const send = page.listen(1);
    send({ type: 'frame', index: 0, pcm: frame('word') });
    await page.emits('word');
  });

  it('posts no event of an aborted stream', async () => {
    const { pool, engines } = poolOf();
    const page = new Page(pool);
    page.open();
    await page.receives('ready');
    const send = page.listen(0);
    send({ type: 'frame', index: 0, pcm: frame('word') });
    await page.emits('word');
    page.post({ type: 'abort', stream: 0 });
    send({ type: 'frame', index: 1, pcm: frame('word') });
    await wait(30);
    assert.equal(page.count('word'), 1);
    assert.deepEqual(
      engines.map(({ sessions }) => sessions),
      [0],
    );
  });

  it('drops only the streams of the client that leaves', async () => {
    const { pool, engines } = poolOf();
    const [leaving, staying] = [new Page(pool), new Page(pool)];
    for (const page of [leaving, staying]) {
      page.open();
      await page.receives('ready');
      page.listen(0)({ type: 'frame', index: 0, pcm: frame('word') });
      await page.emits('word');
    }
    assert.deepEqual(
      engines.map(({ sessions }) => sessions),
      [2],
    );
    leaving.post({ type: 'close' });
    await wait(20);
    assert.deepEqual(
      engines.map(({ sessions }) => sessions),
      [1],
    );
  });

  it('fails one stream and continues the other', async () => {
    const page = new Page(poolOf().pool);
    page.open();
    await page.receives('ready');
    const [failing, working] = [page.listen(0), page.listen(1)];
    failing({ type: 'frame', index: 0, pcm: frame('fail') });
    assert.equal((await page.emits('error')).stream, 0);
    working({ type: 'frame', index: 0, pcm: frame('word') });
    assert.equal((await page.emits('word')).stream, 1);
  });

  it('fails a stream that is started before a model is opened', async () => {
    const page = new Page(poolOf().pool);
    page.listen(3);
    const { stream, event } = await page.emits('error');
    assert.equal(stream, 3);
    assert.equal(event.error.code, 'invalid-state');
  });
});
