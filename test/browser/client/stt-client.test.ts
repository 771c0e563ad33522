import { assert } from '@open-wc/testing';
import type { Connection } from '../../../src/client/connect.js';
import { SttClient, SttError, type StreamSource } from '../../../src/client/index.js';
import type { PageMessage, WorkerMessage } from '../../../src/protocol/messages.js';
import { EnginePool } from '../../../src/worker/engine-pool.js';
import { greet } from '../../../src/worker/serve.js';
import { FakeEngine } from '../../unit/worker/fake-engine.js';

/** A device that records its calls and opens when the test says so. */
class Device implements StreamSource {
  readonly calls: string[] = [];
  readonly asked: Promise<void>;
  open: () => void = () => undefined;
  onended: (() => void) | null = null;
  onerror: ((error: SttError) => void) | null = null;
  #askedFor: () => void = () => undefined;
  #abort: (reason: unknown) => void = () => undefined;

  constructor() {
    this.asked = new Promise((resolve) => (this.#askedFor = resolve));
  }

  start(): Promise<void> {
    this.calls.push('start');
    this.#askedFor();
    return new Promise((resolve, reject) => {
      this.open = resolve;
      this.#abort = reject;
    });
  }

  stop(): Promise<void> {
    this.calls.push('stop');
    return Promise.resolve();
  }

  /** Rejects a pending start, like real sources. */
  abort(): void {
    this.calls.push('abort');
    this.#abort(new DOMException('The device was released.', 'AbortError'));
  }

  pause(): void {
    this.calls.push('pause');
  }

  resume(): void {
    this.calls.push('resume');
  }
}

/** The real worker code with a fake engine, in the page's thread. */
class Host {
  readonly engine = new FakeEngine(1);
  readonly connections: Connection[] = [];
  readonly #pool = new EnginePool(() => Promise.resolve(() => Promise.resolve(this.engine)));

  client(failed?: (error: SttError) => void): SttClient {
    const connect = (): Promise<Connection> => {
      const { port1, port2 } = new MessageChannel();
      greet(port2, this.#pool);
      port1.start();
      const release = (): void => port1.close();
      const connection: Connection = {
        kind: 'dedicated',
        reason: 'a test',
        port: port1,
        onfailure: undefined,
        release,
      };
      this.connections.push(connection);
      return Promise.resolve(connection);
    };
    return new SttClient({ model: '/fake.gguf', connect, ...(failed && { failed }) });
  }
}

/** The code of the SttError or the name of the DOMException that a promise rejects with. */
async function rejection(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (cause) {
    if (cause instanceof SttError) return cause.code;
    return cause instanceof DOMException ? cause.name : String(cause);
  }
  return assert.fail('expected a rejection');
}

async function until(what: string, condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 1_000 && !condition(); tries++) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.ok(condition(), what);
}

const hidePage = (persisted: boolean): boolean => dispatchEvent(new PageTransitionEvent('pagehide', { persisted }));

describe('SttClient', () => {
  it('opens no device after close', async () => {
    const host = new Host();
    const client = host.client();
    await client.load();
    const device = new Device();
    const started = client.start(device);
    client.close();
    assert.strictEqual(await rejection(started), 'AbortError');
    assert.deepEqual(device.calls, ['abort']);
    assert.strictEqual(host.engine.sessions, 0);
  });

  it('releases a device that was opening at the time of close', async () => {
    const host = new Host();
    const client = host.client();
    const device = new Device();
    const started = client.start(device);
    await device.asked;
    client.close();
    device.open();
    assert.strictEqual(await rejection(started), 'AbortError');
    assert.include(device.calls, 'abort');
    await until('the stream is gone', () => host.engine.sessions === 0);
  });

  it('reports the error of a stream that fails while the device opens', async () => {
    const { port1, port2 } = new MessageChannel();
    const post = (message: WorkerMessage): void => port2.postMessage(message);
    port2.onmessage = ({ data }: MessageEvent<PageMessage>) => {
      const info = new FakeEngine(1).info();
      if (data.type === 'open') post({ type: 'ready', info });
      const error = new SttError('out-of-memory', 'No room for a stream').toWire();
      if (data.type === 'listen') post({ type: 'stream', stream: data.stream, event: { type: 'error', error } });
    };
    port1.start();
    const connection = { kind: 'dedicated', reason: 'a test', port: port1, release: () => port1.close() } as const;
    const client = new SttClient({
      model: '/fake.gguf',
      connect: () => Promise.resolve({ ...connection, onfailure: undefined }),
    });
    const device = new Device();
    const failures: SttError[] = [];
    const code = await rejection(client.start(device, { failed: (failure) => failures.push(failure) }));
    assert.strictEqual(code, 'out-of-memory');
    assert.deepEqual(
      failures.map((failure) => failure.code),
      ['out-of-memory'],
    );
    assert.include(device.calls, 'abort');
    client.close();
  });

  it('fails every stream when the worker dies, and loads again', async () => {
    const host = new Host();
    const clientFailures: SttError[] = [];
    const client = host.client((error) => clientFailures.push(error));
    const failures: string[] = [];
    const devices = [new Device(), new Device()];
    const streams = devices.map((device) =>
      client.start(device, { failed: ({ code }) => failures.push(code), finishing: () => failures.push('finishing') }),
    );
    await Promise.all(devices.map(({ asked }) => asked));
    devices.forEach((device) => device.open());
    const [one] = await Promise.all(streams);
    await client.load();
    const finished = one?.finish();
    host.connections[0]?.onfailure?.(new SttError('worker-failed', 'The worker died'));
    assert.deepEqual(failures, ['finishing', 'worker-failed', 'worker-failed']);
    assert.strictEqual(clientFailures.length, 1);
    assert.strictEqual(await rejection(finished ?? Promise.resolve()), 'worker-failed');
    await client.load();
    assert.strictEqual(host.connections.length, 2);
    client.close();
  });

  it('releases the engine when the page enters the back/forward cache, and connects again at the next load', async () => {
    const host = new Host();
    const clientFailures: SttError[] = [];
    const client = host.client((error) => clientFailures.push(error));
    const device = new Device();
    const failures: string[] = [];
    const starting = client.start(device, { failed: ({ code }) => failures.push(code) });
    await device.asked;
    device.open();
    const stream = await starting;
    await until('the stream is open', () => host.engine.sessions === 1);

    hidePage(true);
    assert.deepEqual(failures, ['aborted']);
    assert.isFalse(stream.open);
    assert.include(device.calls, 'abort');
    assert.isUndefined(client.info);
    assert.isUndefined(client.host);
    await until('the stream is gone', () => host.engine.sessions === 0);
    assert.isEmpty(clientFailures); // not a failure of the engine

    await client.load();
    assert.strictEqual(host.connections.length, 2);
    client.close();
    hidePage(true);
    assert.strictEqual(host.connections.length, 2);
  });

  it('rejects a pending load when the page enters the back/forward cache', async () => {
    const client = new Host().client();
    const loading = client.load();
    hidePage(true);
    assert.strictEqual(await rejection(loading), 'aborted');
    await client.load();
    client.close();
  });

  it('releases nothing on other pagehide events: the browser closes everything', async () => {
    const host = new Host();
    const client = host.client();
    await client.load();
    hidePage(false);
    assert.isDefined(client.info);
    client.close();
  });
});
