/** How clients share engines: by name, by `auto`, and after a fallback. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SttError } from '../../../src/errors.js';
import type { Backend, WhenFull } from '../../../src/protocol/model.js';
import {
  EnginePool,
  type EngineMaker,
  type HostedEngine,
  type Lease,
  type Wanted,
} from '../../../src/worker/engine-pool.js';
import type { WireProgress } from '../../../src/protocol/model.js';
import { FakeEngine } from './fake-engine.js';

const GRACE_MS = 20;
const model = { url: 'https://example.org/m.gguf' };
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A pool on a machine with a fake GPU, and a record of what happened in it. */
class Machine {
  readonly engines: FakeEngine[] = [];
  /** The `whenFull` of each download. */
  readonly whenFull: WhenFull[] = [];
  /** Number of downloads. */
  fetched = 0;
  /** Pauses and resumes of downloads. */
  readonly held: string[] = [];
  stopped = 0;
  asked = 0;
  /** `mustRecord` of each engine, evaluated at the end of its load. */
  readonly mustRecord: [Backend, boolean][] = [];
  readonly pool: EnginePool;

  constructor(gpu: { whyNot?: string; fails?: SttError; stepMs?: number } = {}) {
    const make: EngineMaker = async (backend, _progress, _signal, mustRecord) => {
      await wait(5);
      this.mustRecord.push([backend, mustRecord()]);
      if (backend === 'webgpu' && gpu.fails) throw gpu.fails;
      const engine = new FakeEngine(this.engines.length + 1, backend, gpu.stepMs);
      this.engines.push(engine);
      return engine;
    };
    this.pool = new EnginePool(
      async (_model, progress, signal, whenFull, onBegin) => {
        onBegin({ pause: () => this.held.push('pause'), resume: () => this.held.push('resume') });
        this.fetched++;
        this.whenFull.push(whenFull);
        signal.addEventListener('abort', () => this.stopped++);
        progress({ phase: 'download', loaded: 1, total: 2 });
        await wait(5);
        signal.throwIfAborted();
        return make;
      },
      {
        graceMs: GRACE_MS,
        whyNot: async () => {
          this.asked++;
          await wait(2);
          return gpu.whyNot;
        },
      },
    );
  }

  lease(
    backend: Wanted['backend'],
    progress: (progress: WireProgress) => void = () => undefined,
    url = model.url,
  ): Lease {
    return this.pool.lease({ model: { url }, backend }, progress);
  }
}

const ids = (engines: readonly HostedEngine[]): string[] => engines.map((engine) => engine.info().engineId);

describe('EnginePool', () => {
  it('shares the GPU’s engine between clients that name it and clients that use auto', async () => {
    const machine = new Machine();
    const leases = (['auto', 'webgpu', 'auto', 'wasm'] as const).map((backend) => machine.lease(backend));
    const engines = await Promise.all(leases.map(({ engine }) => engine));
    const [auto, named, other, cpu] = ids(engines);
    assert.deepEqual([named, other], [auto, auto]);
    assert.notEqual(cpu, auto);
    assert.equal(engines[0]?.info().backend, 'webgpu');
    assert.equal(leases[0]?.fallback, undefined);
    // Files are downloaded once, even for two backends at a time.
    assert.deepEqual([machine.engines.length, machine.fetched], [2, 1]);
  });

  it('compiles unrecorded shaders only if a client names the GPU', async () => {
    const machine = new Machine();
    const auto = machine.lease('auto');
    await auto.engine;
    const named = new Machine();
    await named.lease('webgpu').engine;
    const both = new Machine();
    const leases = [both.lease('auto'), both.lease('webgpu')];
    await Promise.all(leases.map(({ engine }) => engine));
    assert.deepEqual(
      [machine, named, both].map(({ mustRecord }) => mustRecord),
      [[['webgpu', true]], [['webgpu', false]], [['webgpu', false]]],
    );
  });

  it('checks every time whether to try the GPU, and remembers a failed attempt', async () => {
    const gpu: { whyNot?: string } = { whyNot: 'It crashed' };
    const machine = new Machine(gpu);
    const first = machine.lease('auto');
    assert.equal((await first.engine).info().backend, 'wasm');
    delete gpu.whyNot;
    const second = machine.lease('auto');
    assert.equal((await second.engine).info().backend, 'webgpu');
    assert.deepEqual([first.fallback, second.fallback], ['It crashed', undefined]);
    const slow = new Machine({ stepMs: 1000 });
    await slow.lease('auto').engine;
    await slow.lease('auto').engine;
    assert.deepEqual([slow.asked, slow.mustRecord.length], [1, 2]);
  });

  it('shares the CPU’s engine if the GPU cannot be used', async () => {
    const machine = new Machine({ whyNot: 'There is no GPU' });
    const leases = (['auto', 'wasm', 'auto'] as const).map((backend) => machine.lease(backend));
    const engines = await Promise.all(leases.map(({ engine }) => engine));
    assert.equal(new Set(ids(engines)).size, 1);
    assert.deepEqual([machine.engines.length, machine.fetched], [1, 1]);
    assert.deepEqual(
      leases.map(({ fallback }) => fallback),
      ['There is no GPU', undefined, 'There is no GPU'],
    );
  });

  it('falls back to the CPU’s shared engine without a second download', async () => {
    const machine = new Machine({ fails: new SttError('gpu-limit-too-small', 'maxBufferSize is 1, needs 2') });
    const [auto, other, cpu] = [machine.lease('auto'), machine.lease('auto'), machine.lease('wasm')];
    const engines = await Promise.all([auto.engine, other.engine, cpu.engine]);
    assert.equal(new Set(ids(engines)).size, 1);
    assert.deepEqual([machine.engines.length, machine.fetched], [1, 1]);
    assert.match(auto.fallback ?? '', /maxBufferSize is 1, needs 2/);
    await assert.rejects(machine.lease('webgpu').engine, /gpu-limit-too-small/);
  });

  it('downloads once when a single client falls back', async () => {
    const machine = new Machine({ fails: new SttError('gpu-failed', 'no shader compiles') });
    assert.equal((await machine.lease('auto').engine).info().backend, 'wasm');
    assert.equal(machine.fetched, 1);
  });

  it('disposes of a slow GPU’s engine at once, and does not try that GPU again', async () => {
    const machine = new Machine({ stepMs: 200 });
    const first = machine.lease('auto');
    const engine = await first.engine;
    assert.equal(engine.info().backend, 'wasm');
    assert.match(first.fallback ?? '', /200 ms/);
    await wait(0);
    assert.deepEqual(
      machine.engines.map(({ disposed }) => disposed),
      [true, false],
    );
    const second = machine.lease('auto');
    assert.equal(await second.engine, engine);
    assert.equal(second.fallback, first.fallback);
    assert.deepEqual([machine.engines.length, machine.fetched], [2, 1]);
  });

  it('keeps a slow GPU’s engine for a client that names it', async () => {
    const machine = new Machine({ stepMs: 200 });
    const [forced, auto] = [machine.lease('webgpu'), machine.lease('auto')];
    assert.equal((await auto.engine).info().backend, 'wasm');
    assert.equal((await forced.engine).info().backend, 'webgpu');
    await wait(GRACE_MS * 2);
    assert.deepEqual(
      machine.engines.map(({ disposed }) => disposed),
      [false, false],
    );
    forced.release();
    auto.release();
    await wait(GRACE_MS * 3);
    assert.deepEqual(
      machine.engines.map(({ disposed }) => disposed),
      [true, true],
    );
  });

  it('does not check the GPU for a client that names the CPU', async () => {
    const machine = new Machine();
    await machine.lease('wasm').engine;
    assert.equal(machine.asked, 0);
  });

  it('stops the load of a client that leaves before the choice is made', async () => {
    for (const after of [0, 4, 9]) {
      const machine = new Machine();
      const lease = machine.lease('auto');
      const engine = assert.rejects(lease.engine, { name: 'AbortError' });
      await wait(after);
      lease.release();
      lease.release();
      await engine;
      await wait(20);
      assert.ok(
        machine.engines.every(({ disposed }) => disposed),
        `after ${after} ms`,
      );
    }
  });

  it('continues a download for other clients when one leaves', async () => {
    const machine = new Machine();
    const [leaver, stayer] = [machine.lease('wasm'), machine.lease('webgpu')];
    const left = assert.rejects(leaver.engine, { name: 'AbortError' });
    await wait(2);
    leaver.release();
    assert.equal((await stayer.engine).info().backend, 'webgpu');
    await left;
    assert.deepEqual([machine.fetched, machine.engines.length], [1, 1]);
  });

  it('reports a model’s progress to each of its clients', async () => {
    const machine = new Machine();
    const reports: string[] = [];
    await machine.lease('auto', ({ phase, loaded }) => reports.push(`${phase} ${loaded}`)).engine;
    assert.equal(reports[0], 'download 0');
    assert.deepEqual(reports.slice(-2), ['download 1', 'prepare 0']);
  });

  it('starts a download with the whenFull of the first client', async () => {
    for (const backend of ['wasm', 'webgpu', 'auto'] as const) {
      const machine = new Machine();
      const leases = [{ whenFull: 'memory' } as const, {}].map((more) =>
        machine.pool.lease({ model, backend, ...more }, () => undefined),
      );
      const engines = await Promise.all(leases.map(({ engine }) => engine));
      assert.equal(new Set(ids(engines)).size, 1, backend);
      assert.deepEqual(machine.whenFull, ['memory'], backend);
    }
    const machine = new Machine();
    await machine.lease('auto').engine;
    assert.deepEqual(machine.whenFull, ['error']);
  });

  it('downloads a model again once its files are released', async () => {
    const machine = new Machine();
    await machine.lease('wasm').engine;
    await machine.lease('webgpu').engine;
    assert.equal(machine.fetched, 2);
  });

  it('pauses a shared download until the model is loaded', async () => {
    const machine = new Machine();
    const [one, other] = [machine.lease('auto'), machine.lease('wasm')];
    await wait(2);
    one.hold(true);
    other.hold(false);
    assert.deepEqual(machine.held, ['pause', 'resume']);
    await Promise.all([one.engine, other.engine]);
    one.hold(true);
    assert.deepEqual(machine.held, ['pause', 'resume']);
  });

  it('ignores a pause from a client whose engine is loaded while another client downloads', async () => {
    const machine = new Machine({ whyNot: 'it is slow' });
    const ready = [machine.lease('wasm'), machine.lease('auto')];
    await Promise.all(ready.map(({ engine }) => engine));
    const other = machine.lease('webgpu');
    await wait(2);
    for (const lease of ready) lease.hold(true);
    for (const lease of ready) lease.hold(false);
    assert.deepEqual(machine.held, []);
    other.hold(true);
    assert.deepEqual(machine.held, ['pause']);
    await other.engine;
  });

  it('treats URLs that differ only in their signatures as one model', async () => {
    const machine = new Machine();
    const lease = (query: string): Lease => machine.lease('wasm', undefined, `https://example.org/m.gguf?${query}`);
    const signed = ['Expires=1&Signature=a&v=2', 'v=2&Expires=9&Signature=b', 'v=2'].map(lease);
    const engines = await Promise.all(signed.map(({ engine }) => engine));
    assert.equal(new Set(ids(engines)).size, 1);
    // Without a signature, these parameters may identify another file.
    const others = ['v=3', 'v=2&sv=1', 'v=2&expires=1', 'v=2&policy=a'].map(lease);
    assert.equal(new Set(ids(await Promise.all(others.map(({ engine }) => engine)))).size, 4);
  });
});
