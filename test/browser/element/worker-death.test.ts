/** The worker dies at some moment of a `start` call: the call has one outcome, and nothing follows it. */
import { assert, fixture, html } from '@open-wc/testing';
import type { KyutaiSttElement, SttError } from '../../../src/index.js';
import { HandSource, logged, modelUrl, rejection, rigOf, until, type Rig } from './rig.js';

/** A source whose preparation, such as the decoding of a file, ends when the test says so. */
class SlowSource extends HandSource {
  prepared: () => void = () => undefined;
  readonly #preparation = new Promise<void>((resolve) => (this.prepared = resolve));

  prepare(): Promise<void> {
    this.calls.push('prepare');
    return this.#preparation;
  }
}

let workers = 0;

interface MortalRig extends Rig {
  kill(): void;
  /** The log without progress. */
  readonly events: () => string[];
}

async function mortal(kind: 'shared' | 'dedicated', query = ''): Promise<MortalRig> {
  const url = new URL(`./mortal.worker.ts?${++workers}-${crypto.randomUUID()}`, import.meta.url).href;
  const element = await fixture<KyutaiSttElement>(
    html`<kyutai-stt model=${modelUrl(query)} worker-src=${url} worker-kind=${kind} lang="en"></kyutai-stt>`,
  );
  const rig = rigOf(element);
  const channel = new BroadcastChannel(url);
  return {
    ...rig,
    get button() {
      return rig.button;
    },
    kill: () => channel.postMessage('die'),
    events: () => rig.log.filter((entry) => entry !== 'progress'),
  };
}

const count = (log: readonly string[], entry: string): number => log.filter((each) => each === entry).length;

for (const kind of ['shared', 'dedicated'] as const) {
  describe(`<kyutai-stt> when its ${kind} worker dies during start()`, () => {
    /** The failure is reported once, and nothing of the failed call follows; the next call works. */
    async function assertFailsOnce(
      { element, events, log }: MortalRig,
      starting: Promise<void>,
      source: HandSource,
    ): Promise<void> {
      const error = (await rejection(starting)) as SttError;
      assert.strictEqual(error.code, 'worker-failed');
      assert.strictEqual(element.state, 'failed');
      assert.strictEqual(element.error, error);
      assert.isTrue(source.released);
      assert.strictEqual(count(log, 'error'), 1);
      const before = events().length;
      const next = new HandSource();
      element.model = modelUrl();
      await element.start(next);
      assert.deepEqual(events().slice(before), [':idle', ':loading', 'ready', ':listening', 'start']);
      source.play('word');
      next.play('word');
      await until(element, 'a word', () => element.words.length === 1);
      assert.strictEqual(count(log, 'error'), 1);
      element.unload();
    }

    it('fails while the model is downloaded', async () => {
      const rig = await mortal(kind, 'ms=600000');
      const source = new HandSource();
      const starting = rig.element.start(source);
      await until(rig.element, 'progress', () => rig.log.includes('progress'));
      await logged(async () => {
        rig.kill();
        await assertFailsOnce(rig, starting, source);
      });
      assert.notInclude(source.calls, 'start');
    });

    it('fails while the engine is prepared and the source, too', async () => {
      const rig = await mortal(kind, 'prepare=600000');
      const { element } = rig;
      const source = new SlowSource();
      const starting = element.start(source);
      let phase = '';
      element.addEventListener('progress', ({ detail }) => (phase = detail.phase));
      await until(element, 'the preparation', () => phase === 'prepare');
      await logged(async () => {
        rig.kill();
        const error = (await rejection(starting)) as SttError;
        assert.strictEqual(error.code, 'worker-failed');
        source.prepared();
      });
      assert.strictEqual(element.state, 'failed');
      assert.isTrue(source.released);
      assert.deepEqual(rig.events(), [':loading', ':failed', 'error']);
      assert.notInclude(source.calls, 'start');
      element.unload();
    });

    it('fails while the source is prepared for a loaded model', async () => {
      const rig = await mortal(kind);
      const { element } = rig;
      await element.load();
      const source = new SlowSource();
      const starting = element.start(source);
      await logged(async () => {
        rig.kill();
        await until(element, 'the failure', () => element.state === 'failed');
        source.prepared();
        await assertFailsOnce(rig, starting, source);
      });
      assert.notInclude(source.calls, 'start');
    });

    it('fails while the source opens', async () => {
      const rig = await mortal(kind);
      const { element } = rig;
      let allow = (): void => undefined;
      const source = new HandSource(new Promise((resolve) => (allow = resolve)));
      const starting = element.start(source);
      await until(element, 'the prompt', () => source.calls.includes('start') && rig.log.includes('ready'));
      await logged(async () => {
        rig.kill();
        await until(element, 'the failure', () => element.state === 'failed');
        allow();
        await assertFailsOnce(rig, starting, source);
      });
    });

    it('fails with `end` once audio flows', async () => {
      const rig = await mortal(kind);
      const { element, events, log } = rig;
      const source = new HandSource();
      await element.start(source);
      await logged(async () => {
        rig.kill();
        await until(element, 'the failure', () => element.state === 'failed');
      });
      assert.deepEqual(events().slice(-3), [':failed', 'error', 'end']);
      assert.strictEqual(count(log, 'error'), 1);
      assert.isTrue(source.released);
      element.unload();
    });

    it('lets an error listener start again, without a second error', async () => {
      for (const moment of ['prepared', 'listening'] as const) {
        const rig = await mortal(kind);
        const { element, log } = rig;
        await element.load();
        const first = moment === 'prepared' ? new SlowSource() : new HandSource();
        const second = new HandSource();
        const starting = element.start(first);
        if (moment === 'listening') await starting;
        let restarted: Promise<void> | undefined;
        element.addEventListener('error', () => void (restarted = element.start(second)), { once: true });
        await logged(async () => {
          rig.kill();
          if (moment === 'prepared') await rejection(starting);
          await until(element, 'another start', () => restarted !== undefined);
          await restarted;
        });
        second.play('word');
        await until(element, 'a word', () => element.words.length === 1);
        assert.strictEqual(element.state, 'listening');
        assert.strictEqual(count(log, 'error'), 1);
        assert.isTrue(first.released);
        assert.isFalse(second.released);
        element.unload();
      }
    });

    it('fails once when load() and start() wait for it', async () => {
      const rig = await mortal(kind, 'ms=600000');
      const { element, log } = rig;
      const source = new HandSource();
      const [loading, starting] = [element.load(), element.start(source)];
      await until(element, 'progress', () => log.includes('progress'));
      await logged(async () => {
        rig.kill();
        assert.strictEqual(await rejection(loading), await rejection(starting));
      });
      assert.strictEqual(count(log, 'error'), 1);
      assert.strictEqual(element.state, 'failed');
      element.unload();
    });
  });
}
