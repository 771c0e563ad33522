/** An AudioContext that does not run: because the browser wants a click, or because there is no output device. */
import { assert } from '@open-wc/testing';
import { createSource } from '../../../../src/audio/create-source.js';
import { leaseContext, running, type ContextLease } from '../../../../src/audio/sources/shared-context.js';
import { abortAll, Listener, refusal, track, WORKLET_URL } from '../audio-receiver.js';

const RealContext = globalThis.AudioContext;
const realTimeout = globalThis.setTimeout;

/** A context without an output device: `resume` settles once it needs none. */
class DeafContext extends RealContext {
  static readonly sinks: unknown[] = [];
  static made: DeafContext | undefined;
  #hasSink = true;

  constructor(options?: AudioContextOptions) {
    super(options);
    DeafContext.made = this;
    void super.suspend();
  }

  override resume(): Promise<void> {
    return this.#hasSink ? new Promise(() => undefined) : super.resume();
  }

  override get state(): AudioContextState {
    return this.#hasSink ? 'suspended' : super.state;
  }

  setSinkId(sink: unknown): Promise<void> {
    DeafContext.sinks.push(sink);
    this.#hasSink = false;
    return Promise.resolve();
  }
}

/** The same in a browser whose contexts always have an output device. */
class BoundContext extends DeafContext {}
Object.defineProperty(BoundContext.prototype, 'setSinkId', { value: undefined });

function define(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, configurable: true });
}

/** What the browser says of autoplay: `unknown` in browsers without `getAutoplayPolicy`. */
function setPolicy(policy: string): void {
  define(navigator, 'getAutoplayPolicy', policy === 'unknown' ? undefined : () => policy);
}

function setClicked(isActive: boolean): void {
  define(navigator, 'userActivation', { isActive, hasBeenActive: isActive });
}

describe('an AudioContext that stays suspended', () => {
  let lease: ContextLease | undefined;
  const { signal } = new AbortController();
  /** How many waits of five seconds are over at once. */
  let waits = 0;
  const warned: string[] = [];
  const { warn } = console;

  beforeEach(() => {
    DeafContext.sinks.length = warned.length = 0;
    DeafContext.made = undefined;
    console.warn = (line: string) => void warned.push(line);
    waits = 1;
    const hurried = (work: () => void, ms: number): unknown => realTimeout(work, ms === 5_000 && waits-- > 0 ? 0 : ms);
    define(globalThis, 'setTimeout', hurried);
  });
  afterEach(() => {
    abortAll();
    lease?.release();
    lease = undefined;
    console.warn = warn;
    globalThis.setTimeout = realTimeout;
    globalThis.AudioContext = RealContext;
    for (const name of ['getAutoplayPolicy', 'userActivation']) Reflect.deleteProperty(navigator, name);
  });

  function take(Context: typeof AudioContext): AudioContext {
    globalThis.AudioContext = Context;
    lease = leaseContext();
    return lease.context;
  }

  for (const [policy, isActive, code] of [
    ['allowed', false, 'audio-output'],
    ['disallowed', true, 'not-allowed'],
    ['allowed-muted', true, 'not-allowed'],
    ['unknown', true, 'audio-output'],
    ['unknown', false, 'not-allowed'],
  ] as const) {
    const click = isActive ? 'in' : 'outside';
    it(`is ${code} where the autoplay policy is ${policy} and start was called ${click} a click`, async () => {
      setPolicy(policy);
      setClicked(isActive);
      const error = await refusal(running(take(BoundContext), signal), code);
      assert.match(error.message, code === 'audio-output' ? /no audio output device could be opened/ : /a click/);
      assert.match(error.message, /suspended/);
      assert.match(error.remedy, code === 'audio-output' ? /working audio output/ : /Allow microphone access/);
    });
  }

  it('runs without an output device where the browser can do so, and says so', async () => {
    setPolicy('allowed');
    await running(take(DeafContext), signal);
    assert.deepEqual(DeafContext.sinks, [{ type: 'none' }]);
    assert.lengthOf(warned, 1);
    assert.match(warned[0] ?? '', /no audio output device .* runs without one/);
  });

  it('does so at once where the browser reports that the device failed', async () => {
    globalThis.setTimeout = realTimeout;
    setPolicy('allowed');
    const context = take(DeafContext);
    const begun = running(context, signal);
    context.dispatchEvent(new Event('error'));
    await begun;
    assert.lengthOf(DeafContext.sinks, 1);
  });

  it('keeps its output where the browser only wants a click', async () => {
    setPolicy('disallowed');
    await refusal(running(take(DeafContext), signal), 'not-allowed');
    assert.deepEqual(DeafContext.sinks, []);
  });

  it('is audio-output where the browser cannot leave the device out after all', async () => {
    setPolicy('allowed');
    const context = take(DeafContext);
    define(context, 'setSinkId', () => Promise.reject(new DOMException('no sink', 'NotFoundError')));
    const error = await refusal(running(context, signal), 'audio-output');
    assert.match(error.message, /no sink/);
    define(context, 'setSinkId', () => Promise.resolve());
    waits = 2;
    assert.match((await refusal(running(context, signal), 'audio-output')).message, /it does not run without one/);
  });

  it('rejects with an AbortError where the visitor stops waiting', async () => {
    globalThis.setTimeout = realTimeout;
    const controller = new AbortController();
    const work = running(take(BoundContext), controller.signal);
    controller.abort();
    assert.strictEqual(await work.catch((cause: unknown) => cause), controller.signal.reason);
  });

  it('lets a stream be heard without a loudspeaker, or refuses it by name', async () => {
    setPolicy('allowed');
    const tone = new RealContext();
    const [oscillator, destination] = [new OscillatorNode(tone), tone.createMediaStreamDestination()];
    oscillator.connect(destination);
    oscillator.start();
    globalThis.AudioContext = 'setSinkId' in RealContext.prototype ? SinklessContext : BoundContext;
    const [source, listener] = [track(createSource(destination.stream, { workletUrl: WORKLET_URL })), new Listener()];
    if (globalThis.AudioContext === BoundContext) {
      await refusal(source.start(listener.port), 'audio-output');
    } else {
      globalThis.setTimeout = realTimeout;
      const starting = source.start(listener.port);
      while (!DeafContext.made) await new Promise((resolve) => setTimeout(resolve, 5));
      DeafContext.made.dispatchEvent(new Event('error'));
      await starting;
      await listener.until(({ messages }) => messages.length > 3);
    }
    await tone.close();
  });
});

/** A real context that only runs without an output device. */
class SinklessContext extends DeafContext {
  override async setSinkId(sink: unknown): Promise<void> {
    await (RealContext.prototype as unknown as DeafContext).setSinkId.call(this, sink);
    await super.setSinkId(sink);
  }
}
