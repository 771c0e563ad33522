import { assert } from '@open-wc/testing';
import { connect, type Connection } from '../../../src/client/connect.js';
import type { SttError } from '../../../src/errors.js';

const FAKE_WORKER = new URL('../element/fake.worker.ts', import.meta.url).href;

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Connects and records every dedicated worker created meanwhile, so that tests can terminate it. */
async function connectRecording(made: Worker[], query: string): Promise<Connection> {
  const { Worker: Original } = globalThis;
  globalThis.Worker = class extends Original {
    constructor(url: string | URL, options?: WorkerOptions) {
      super(url, options);
      made.push(this);
    }
  };
  try {
    return await connect({ workerSrc: `${FAKE_WORKER}?${query}`, kind: 'dedicated' });
  } finally {
    globalThis.Worker = Original;
  }
}

/** Number of locks that this page waits for; tests of other files run in parallel on the same origin. */
async function waiting(): Promise<number> {
  const probe = `probe ${crypto.randomUUID()}`;
  const { held = [], pending = [] } = await navigator.locks.request(probe, () => navigator.locks.query());
  const own = held.find(({ name }) => name === probe)?.clientId;
  return pending.filter(({ clientId }) => clientId === own).length;
}

describe('connect', () => {
  it('reports a dead dedicated worker once to each user, and starts a new one next time', async () => {
    const made: Worker[] = [];
    const connections = [await connectRecording(made, 'dies'), await connectRecording(made, 'dies')];
    assert.lengthOf(made, 1);
    const errors: SttError[] = [];
    for (const connection of connections) connection.onfailure = (error) => errors.push(error);
    made[0]?.terminate(); // fires no event
    for (let tries = 0; tries < 1_000 && errors.length < 2; tries++) await wait(10);
    await wait(20);
    assert.deepEqual(
      errors.map(({ code }) => code),
      ['worker-failed', 'worker-failed'],
    );
    assert.match(errors[0]?.message ?? '', /dedicated worker .* died/);
    connections.forEach((connection) => connection.release());

    const next = await connectRecording(made, 'dies');
    assert.lengthOf(made, 2);
    next.release();
  });

  it('starts a new worker after one has died that nothing used', async () => {
    const made: Worker[] = [];
    const before = await waiting();
    (await connectRecording(made, 'unused')).release();
    made[0]?.terminate();
    while ((await waiting()) > before) await wait(10);
    const next = await connectRecording(made, 'unused');
    assert.lengthOf(made, 2);
    next.release();
  });

  it('tries a shared script that fails once for each connection, under one name', async () => {
    const { SharedWorker: Original } = globalThis;
    const names: (string | undefined)[] = [];
    globalThis.SharedWorker = class extends Original {
      constructor(url: string | URL, options?: string | WorkerOptions) {
        super(url, options);
        names.push(typeof options === 'string' ? options : options?.name);
      }
    };
    try {
      const options = { workerSrc: new URL('/status/404/named', location.href).href, kind: 'shared' } as const;
      for (let tries = 0; tries < 2; tries++) {
        const error = await connect(options).catch((cause: unknown) => cause as SttError);
        assert.propertyVal(error, 'code', 'worker-failed');
      }
    } finally {
      globalThis.SharedWorker = Original;
    }
    assert.lengthOf(names, 2);
    assert.strictEqual(names[0], names[1]);
  });

  it('creates one SharedWorker for all connections of a page', async () => {
    const { SharedWorker: Original } = globalThis;
    let made = 0;
    globalThis.SharedWorker = class extends Original {
      constructor(url: string | URL, options?: string | WorkerOptions) {
        super(url, options);
        made++;
      }
    };
    try {
      const options = { workerSrc: `${FAKE_WORKER}?one`, kind: 'shared' } as const;
      const connections = [await connect(options), await connect(options)];
      connections.forEach((connection) => connection.release());
      (await connect(options)).release();
      assert.strictEqual(made, 1);
    } finally {
      globalThis.SharedWorker = Original;
    }
  });

  for (const kind of ['dedicated', 'shared'] as const) {
    it(`waits for the lock of a ${kind} worker until it is released, and no longer`, async () => {
      const options = { workerSrc: `${FAKE_WORKER}?released=${kind}`, kind };
      (await connect(options)).release(); // the page itself waits for the lock of each worker
      await wait(20);
      const before = await waiting();
      const connection = await connect(options);
      assert.strictEqual(await waiting(), before + 1);
      const errors: SttError[] = [];
      connection.onfailure = (error) => errors.push(error);
      connection.release();
      await wait(20);
      assert.strictEqual(await waiting(), before);
      assert.isEmpty(errors);
    });
  }
});
