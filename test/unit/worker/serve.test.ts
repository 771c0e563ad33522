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

type Heard = WorkerMessage | HelloMessage;
type Open = Extract<PageMessage, { type: 'open' }>;

const GRACE_MS = 30;
const ports: MessagePort[] = [];
afterEach(() => ports.splice(0).forEach((port) => port.close()));

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A page's end of a port: what it heard, and how to wait for a message. */
class Page {
  readonly heard: Heard[] = [];
  readonly #port: MessagePort;
  readonly #waiting: (() => void)[] = [];

  constructor(pool: EnginePool) {
    const { port1, port2 } = new MessageChannel();
    ports.push(port1, port2);
    this.#port = port1;
    port1.onmessage = ({ data }: MessageEvent<Heard>) => {
      this.heard.push(data);
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

  /** The message of this type, once there are `count` of them. */
  hears<T extends Heard['type']>(type: T, count = 1): Promise<Extract<Heard, { type: T }>> {
    return this.#until(() => this.heard.filter((message) => message.type === type)[count - 1]) as never;
  }

  /** The first event of this type, once there is one, with the number of its stream. */
  emits<T extends StreamEvent['type']>(type: T): Promise<{ stream: number; event: Extract<StreamEvent, { type: T }> }> {
    return this.#until(() => this.events.find(({ event }) => event.type === type)) as never;
  }

  get events(): Extract<Heard, { type: 'stream' }>[] {
    return this.heard.filter((message) => message.type === 'stream');
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

/** A pool whose engines the test can see. */
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
    assert.equal((await page.hears('hello')).version, PROTOCOL_VERSION);
  });

  it('refuses a page of another version and names both', async () => {
    const page = new Page(poolOf().pool);
    page.open('m', PROTOCOL_VERSION + 1);
    const { error } = await page.hears('failed');
    assert.equal(error.code, 'worker-failed');
    assert.match(error.message, new RegExp(`${PROTOCOL_VERSION}.*${PROTOCOL_VERSION + 1}`));
  });

  it('loads a model once for several pages, and reports progress to each', async () => {
    const { pool, engines } = poolOf({ ms: 20 });
    const pages = [new Page(pool), new Page(pool)];
    pages.forEach((page) => page.open());
    for (const page of pages) {
      assert.equal((await page.hears('ready')).info.engineId, 'fake-1');
      await page.hears('progress');
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
    assert.equal((await auto.hears('ready')).info.fallback, 'There is no GPU');
    assert.equal('fallback' in (await named.hears('ready')).info, false);
  });

  it('loads another model beside it', async () => {
    const { pool, engines } = poolOf();
    const pages = ['a', 'b'].map((model) => {
      const page = new Page(pool);
      page.open(model);
      return page;
    });
    for (const page of pages) await page.hears('ready');
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
    assert.equal((await page.hears('failed')).error.code, 'network');
    page.open();
    await page.hears('ready');
  });

  it('reports a lost engine to its pages, and loads another for the next', async () => {
    const { pool, engines } = poolOf();
    const page = new Page(pool);
    page.open();
    await page.hears('ready');
    const send = page.listen(7);
    send({ type: 'frame', index: 0, pcm: frame('word') });
    await page.emits('word');
    engines[0]!.lose(new SttError('gpu-device-lost', 'the driver was reset'));
    assert.equal((await page.hears('failed')).error.code, 'gpu-device-lost');
    page.open();
    assert.equal((await page.hears('ready', 2)).info.engineId, 'fake-2');
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
    await first.hears('ready');
    first.post({ type: 'close' });
    const second = new Page(pool);
    second.open();
    await second.hears('ready');
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

  it('stops a load without waiting pages', async () => {
    const { pool, engines } = poolOf({ ms: 20 });
    const page = new Page(pool);
    page.open();
    await page.hears('progress');
    page.post({ type: 'close' });
    await wait(60);
    assert.equal(engines.length, 0);
  });

  it('answers frames with words and finishes only once the source has ended', async () => {
    const page = new Page(poolOf().pool);
    page.open();
    await page.hears('ready');
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
    await page.hears('ready');
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
    const [leaver, stayer] = [new Page(pool), new Page(pool)];
    for (const page of [leaver, stayer]) {
      page.open();
      await page.hears('ready');
      page.listen(0)({ type: 'frame', index: 0, pcm: frame('word') });
      await page.emits('word');
    }
    assert.deepEqual(
      engines.map(({ sessions }) => sessions),
      [2],
    );
    leaver.post({ type: 'close' });
    await wait(20);
    assert.deepEqual(
      engines.map(({ sessions }) => sessions),
      [1],
    );
  });

  it('fails one stream and continues the other', async () => {
    const page = new Page(poolOf().pool);
    page.open();
    await page.hears('ready');
    const [broken, whole] = [page.listen(0), page.listen(1)];
    broken({ type: 'frame', index: 0, pcm: frame('fail') });
    assert.equal((await page.emits('error')).stream, 0);
    whole({ type: 'frame', index: 0, pcm: frame('word') });
    assert.equal((await page.emits('word')).stream, 1);
  });

  it('fails a stream that is started before a model', async () => {
    const page = new Page(poolOf().pool);
    page.listen(3);
    const { stream, event } = await page.emits('error');
    assert.equal(stream, 3);
    assert.equal(event.error.code, 'invalid-state');
  });
});
