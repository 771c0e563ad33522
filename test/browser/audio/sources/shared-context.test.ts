/** An AudioContext that does not start, because the browser requires a click or no output device can be opened. */
import { assert } from '@open-wc/testing';
import { createSource } from '../../../../src/audio/create-source.js';
import { leaseContext, running, type ContextLease } from '../../../../src/audio/sources/shared-context.js';
import { abortAll, AudioReceiver, expectSttError, track, WORKLET_URL } from '../audio-receiver.js';

const RealContext = globalThis.AudioContext;
const realTimeout = globalThis.setTimeout;

/** A context without an output device: `resume` settles only after `setSinkId({ type: 'none' })`. */
class NoOutputContext extends RealContext {
  static readonly sinks: unknown[] = [];
  static made: NoOutputContext | undefined;
  #hasSink = true;

  constructor(options?: AudioContextOptions) {
    super(options);
    NoOutputContext.made = this;
    void super.suspend();
  }

  override resume(): Promise<void> {
    return this.#hasSink ? new Promise(() => undefined) : super.resume();
  }

  override get state(): AudioContextState {
    return this.#hasSink ? 'suspended' : super.state;
  }

  setSinkId(sink: unknown): Promise<void> {
    NoOutputContext.sinks.push(sink);
    this.#hasSink = false;
    return Promise.resolve();
  }
}

/** The same in a browser without `AudioContext.setSinkId`. */
class NoSetSinkIdContext extends NoOutputContext {}
Object.defineProperty(NoSetSinkIdContext.prototype, 'setSinkId', { value: undefined });

function define(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, configurable: true });
}

/** Sets the autoplay policy; `unknown` removes `getAutoplayPolicy`. */
function setPolicy(policy: string): void {
  define(navigator, 'getAutoplayPolicy', policy === 'unknown' ? undefined : () => policy);
}

function setClicked(isActive: boolean): void {
  define(navigator, 'userActivation', { isActive, hasBeenActive: isActive });
}

describe('an AudioContext that stays suspended', () => {
  let lease: ContextLease | undefined;
  const { signal } = new AbortController();
  /** How many timeouts of five seconds fire immediately. */
  let skippedTimeouts = 0;
  const warned: string[] = [];
  const { warn } = console;

  beforeEach(() => {
    NoOutputContext.sinks.length = warned.length = 0;
    NoOutputContext.made = undefined;
    console.warn = (line: string) => void warned.push(line);
    skippedTimeouts = 1;
    const shortened = (work: () => void, ms: number): unknown =>
      realTimeout(work, ms === 5_000 && skippedTimeouts-- > 0 ? 0 : ms);
    define(globalThis, 'setTimeout', shortened);
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

  function lend(Context: typeof AudioContext): AudioContext {
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
    it(`is ${code} if the autoplay policy is ${policy} and start was called ${click} a click`, async () => {
      setPolicy(policy);
      setClicked(isActive);
      const error = await expectSttError(running(lend(NoSetSinkIdContext), signal), code);
      assert.match(error.message, code === 'audio-output' ? /no audio output device could be opened/ : /a click/);
      assert.match(error.message, /suspended/);
      assert.match(error.remedy, code === 'audio-output' ? /working audio output/ : /Allow microphone access/);
    });
  }

  it('runs without an output device where supported, with a warning', async () => {
    setPolicy('allowed');
    await running(lend(NoOutputContext), signal);
    assert.deepEqual(NoOutputContext.sinks, [{ type: 'none' }]);
    assert.lengthOf(warned, 1);
    assert.match(warned[0] ?? '', /no audio output device .* continuing without one/);
  });

  it('does not wait once the browser reports that the device failed', async () => {
    globalThis.setTimeout = realTimeout;
    setPolicy('allowed');
    const context = lend(NoOutputContext);
    const started = running(context, signal);
    context.dispatchEvent(new Event('error'));
    await started;
    assert.lengthOf(NoOutputContext.sinks, 1);
  });

  it('keeps its output device if the browser only requires a click', async () => {
    setPolicy('disallowed');
    await expectSttError(running(lend(NoOutputContext), signal), 'not-allowed');
    assert.deepEqual(NoOutputContext.sinks, []);
  });

  it('is audio-output if running without a device fails', async () => {
    setPolicy('allowed');
    const context = lend(NoOutputContext);
    define(context, 'setSinkId', () => Promise.reject(new DOMException('no sink', 'NotFoundError')));
    const error = await expectSttError(running(context, signal), 'audio-output');
    assert.match(error.message, /no sink/);
    define(context, 'setSinkId', () => Promise.resolve());
    skippedTimeouts = 2;
    assert.match(
      (await expectSttError(running(context, signal), 'audio-output')).message,
      /it does not run without one/,
    );
  });

  it('rejects with the abort reason while it waits', async () => {
    globalThis.setTimeout = realTimeout;
    const controller = new AbortController();
    const work = running(lend(NoSetSinkIdContext), controller.signal);
    controller.abort();
    assert.strictEqual(await work.catch((cause: unknown) => cause), controller.signal.reason);
  });

  it('captures a stream without speakers, or fails with audio-output', async () => {
    setPolicy('allowed');
    const tone = new RealContext();
    const [oscillator, destination] = [new OscillatorNode(tone), tone.createMediaStreamDestination()];
    oscillator.connect(destination);
    oscillator.start();
    globalThis.AudioContext = 'setSinkId' in RealContext.prototype ? SinklessContext : NoSetSinkIdContext;
    const [source, receiver] = [
      track(createSource(destination.stream, { workletUrl: WORKLET_URL })),
      new AudioReceiver(),
    ];
    if (globalThis.AudioContext === NoSetSinkIdContext) {
      await expectSttError(source.start(receiver.port), 'audio-output');
    } else {
      globalThis.setTimeout = realTimeout;
      const starting = source.start(receiver.port);
      while (!NoOutputContext.made) await new Promise((resolve) => setTimeout(resolve, 5));
      NoOutputContext.made.dispatchEvent(new Event('error'));
      await starting;
      await receiver.until(({ messages }) => messages.length > 3);
    }
    await tone.close();
  });
});

/** A real context that runs only without an output device. */
class SinklessContext extends NoOutputContext {
  override async setSinkId(sink: unknown): Promise<void> {
    await (RealContext.prototype as unknown as NoOutputContext).setSinkId.call(this, sink);
    await super.setSinkId(sink);
  }
}
