/** An AudioContext that says it is running although its clock stands still. */
import { assert } from '@open-wc/testing';
import { createSource } from '../../../../src/audio/create-source.js';
import { watchClock } from '../../../../src/audio/sources/context-clock.js';
import type { SttError } from '../../../../src/errors.js';
import { abortAll, AudioReceiver, track, WORKLET_URL } from '../audio-receiver.js';

const RealContext = globalThis.AudioContext;
type Cure = 'resume' | 'setSinkId' | 'none';

/** A real context whose clock stands still until the cure. */
class StalledContext extends RealContext {
  static made: StalledContext | undefined;
  static cure: Cure = 'resume';
  readonly calls: string[] = [];
  #stalls = false;

  stall(): void {
    this.#stalls = true;
    this.calls.length = 0;
  }

  override get currentTime(): number {
    StalledContext.made = this;
    return this.#stalls ? 0.02 : super.currentTime;
  }

  override async suspend(): Promise<void> {
    this.calls.push('suspend');
    await super.suspend();
  }

  override async resume(): Promise<void> {
    await super.resume();
    if (!this.#stalls) return;
    this.calls.push('resume');
    if (StalledContext.cure === 'resume') this.#stalls = false;
  }

  setSinkId(sink: { readonly type: 'none' }): Promise<void> {
    this.calls.push(`setSinkId ${sink.type}`);
    if (StalledContext.cure === 'setSinkId') this.#stalls = false;
    return Promise.resolve();
  }
}

describe('an AudioContext whose clock stands still', () => {
  const warned: string[] = [];
  const { warn } = console;
  let watch = new AbortController();
  beforeEach(() => {
    watch = new AbortController();
    warned.length = 0;
    console.warn = (line: string) => void warned.push(line);
  });
  afterEach(() => {
    watch.abort();
    abortAll();
    console.warn = warn;
    globalThis.AudioContext = RealContext;
  });

  /** A context that runs, then stands still, watched twenty times a second. */
  async function stalled(
    cure: Cure,
    change: (context: StalledContext) => void = () => undefined,
  ): Promise<{ context: StalledContext; errors: SttError[] }> {
    StalledContext.cure = cure;
    const context = new StalledContext();
    change(context);
    await context.resume();
    context.stall();
    const errors: SttError[] = [];
    watchClock(context, watch.signal, (error) => errors.push(error), 50);
    return { context, errors };
  }
  const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
  async function until(condition: () => boolean): Promise<void> {
    while (!condition()) await wait(5);
  }

  it('is suspended and resumed', async () => {
    const { context, errors } = await stalled('resume');
    await until(() => context.currentTime > 0.1);
    assert.deepEqual(context.calls, ['suspend', 'resume']);
    assert.deepEqual(errors, []);
    assert.lengthOf(warned, 1);
    await context.close();
  });

  it('goes on without an output device if that does not help', async () => {
    const { context, errors } = await stalled('setSinkId');
    await until(() => context.currentTime > 0.1);
    assert.deepEqual(context.calls, ['suspend', 'resume', 'setSinkId none']);
    assert.deepEqual(errors, []);
    await context.close();
  });

  it('is an audio-output error if nothing helps, once', async () => {
    const { context, errors } = await stalled('none');
    await until(() => errors.length > 0);
    assert.deepEqual(context.calls, ['suspend', 'resume', 'setSinkId none']);
    await wait(500);
    assert.deepEqual(
      errors.map(({ code }) => code),
      ['audio-output'],
    );
    assert.match(errors[0]?.message ?? '', /its clock stands at 0\.02 s/);
    await context.close();
  });

  it('is an audio-output error if it cannot be suspended', async () => {
    const { context, errors } = await stalled('none', (made) => {
      made.suspend = () => Promise.reject(new DOMException('no device', 'InvalidStateError'));
    });
    await until(() => errors.length > 0);
    assert.equal(errors[0]?.code, 'audio-output');
    assert.match(errors[0]?.message ?? '', /no device/);
    await context.close();
  });

  it('is left alone while it is suspended, and after the stream has ended', async () => {
    const { context } = await stalled('none');
    await RealContext.prototype.suspend.call(context);
    await wait(300);
    assert.deepEqual(context.calls, []);
    watch.abort();
    await RealContext.prototype.resume.call(context);
    await wait(300);
    assert.deepEqual(context.calls, []);
    await context.close();
  });

  it('is restarted in the middle of a stream', async () => {
    const tone = new RealContext();
    const [oscillator, destination] = [new OscillatorNode(tone), tone.createMediaStreamDestination()];
    oscillator.connect(destination);
    oscillator.start();
    globalThis.AudioContext = StalledContext;
    StalledContext.cure = 'resume';
    StalledContext.made = undefined;
    const [source, receiver] = [
      track(createSource(destination.stream, { workletUrl: WORKLET_URL })),
      new AudioReceiver(),
    ];
    await source.start(receiver.port);
    await receiver.until(({ messages }) => messages.length > 3);
    const context = StalledContext.made as StalledContext | undefined;
    assert.ok(context);
    context.stall();
    await until(() => context.calls.includes('resume'));
    const received = receiver.messages.length;
    await receiver.until(({ messages }) => messages.length > received + 3);
    await tone.close();
  });
});
