import { assert } from '@open-wc/testing';
import { connect, type Connection } from '../../../src/client/connect.js';
import type { SttError } from '../../../src/errors.js';

const FAKE_WORKER = new URL('../element/fake.worker.ts', import.meta.url).href;

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Connects while every dedicated worker that is made is noted, to be ended behind the package's back. */
async function connectNoting(made: Worker[], query: string): Promise<Connection> {
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

/** How many locks this very page waits for: the tests of other files run beside it, on the same origin. */
async function waiting(): Promise<number> {
  const probe = `probe ${crypto.randomUUID()}`;
  const { held = [], pending = [] } = await navigator.locks.request(probe, () => navigator.locks.query());
  const own = held.find(({ name }) => name === probe)?.clientId;
  return pending.filter(({ clientId }) => clientId === own).length;
}

describe('connect', () => {
  it('tells every user of a dedicated worker once that it died, and starts another next time', async () => {
    const made: Worker[] = [];
    const connections = [await connectNoting(made, 'dies'), await connectNoting(made, 'dies')];
    assert.lengthOf(made, 1);
    const told: SttError[] = [];
    for (const connection of connections) connection.onfailure = (error) => told.push(error);
    made[0]?.terminate(); // no event says so
    for (let tries = 0; tries < 1_000 && told.length < 2; tries++) await wait(10);
    await wait(20);
    assert.deepEqual(
      told.map(({ code }) => code),
      ['worker-failed', 'worker-failed'],
    );
    assert.match(told[0]?.message ?? '', /dedicated worker .* died/);
    connections.forEach((connection) => connection.release());

    const next = await connectNoting(made, 'dies');
    assert.lengthOf(made, 2);
    next.release();
  });

  for (const kind of ['dedicated', 'shared'] as const) {
    it(`waits for the lock of a ${kind} worker until it is released, and no longer`, async () => {
      const before = await waiting();
      const connection = await connect({ workerSrc: `${FAKE_WORKER}?released=${kind}`, kind });
      assert.strictEqual(await waiting(), before + 1);
      const told: SttError[] = [];
      connection.onfailure = (error) => told.push(error);
      connection.release();
      await wait(20);
      assert.strictEqual(await waiting(), before);
      assert.isEmpty(told);
    });
  }
});
