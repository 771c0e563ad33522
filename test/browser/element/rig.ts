/** Shared by the element's tests: an element on a fake engine, a source that the test drives, and a log of events. */
import { assert, fixture, html } from '@open-wc/testing';
import '../../../src/index.js';
import type { KyutaiSttElement, KyutaiSttEventMap, LevelDetail, ListenSource, SttError } from '../../../src/index.js';
import type { AudioMessage } from '../../../src/protocol/messages.js';
import { frame, type DO } from '../../unit/worker/fake-engine.js';

export const FAKE_WORKER = new URL('./fake.worker.ts', import.meta.url).href;

export const EVENTS = [
  'transcript',
  'turn',
  'progress',
  'ready',
  'start',
  'end',
  'error',
  'stall',
  'level',
  'statechange',
] as const satisfies readonly (keyof KyutaiSttEventMap)[];

/** An audio source that sends the frames the test asks for. */
export class HandSource implements ListenSource {
  onended: (() => void) | null = null;
  onerror: ((error: SttError) => void) | null = null;
  onlevel: ((level: LevelDetail) => void) | null = null;
  onsilent: ((silent: boolean) => void) | null = null;
  readonly calls: string[] = [];
  readonly kind: string;
  /** What `start` waits for, or fails with. */
  readonly opening: Promise<void>;
  #port: MessagePort | undefined;
  #index = 0;

  constructor(opening: Promise<void> = Promise.resolve(), kind = 'hand') {
    this.kind = kind;
    this.opening = opening;
    opening.catch(() => undefined); // `start` rejects with it, if it is called
  }

  /** Whether the source has been released, which switches a device off. */
  get released(): boolean {
    return this.calls.includes('abort') || this.calls.includes('stop');
  }

  async start(port: MessagePort, signal?: AbortSignal): Promise<void> {
    this.calls.push('start');
    this.#port = port; // a device may send audio before `start` resolves
    await this.opening;
    signal?.throwIfAborted();
  }

  play(...frames: (keyof typeof DO)[]): void {
    for (const what of frames) this.#post({ type: 'frame', index: this.#index++, pcm: frame(what) });
  }

  stop(): Promise<void> {
    this.calls.push('stop');
    this.#post({ type: 'end' });
    return Promise.resolve();
  }

  /** Ends the source, as at the end of a recording. */
  runOut(): void {
    this.#post({ type: 'end' });
    this.onended?.();
  }

  abort(): void {
    this.calls.push('abort');
  }

  pause(): void {
    this.calls.push('pause');
  }

  resume(): void {
    this.calls.push('resume');
  }

  #post(message: AudioMessage): void {
    this.#port?.postMessage(message);
  }
}

export interface Rig {
  readonly element: KyutaiSttElement;
  /** Every event so far, `statechange` by the state it led to. */
  readonly log: string[];
  readonly part: (name: string) => HTMLElement | null;
  readonly button: HTMLButtonElement;
}

let models = 0;

/** A new model for each test: engines are kept for a while, and each test must see its own load. */
export function modelUrl(query = ''): string {
  return `/fake/${++models}.gguf?${query}`;
}

/** For `query`: the engine is not prepared, or does not `arrive`, before `open` is called. */
export function gate(what: 'gate' | 'arrive' = 'gate'): { query: string; open: () => void } {
  const name = `gate ${crypto.randomUUID()}`;
  const channel = new BroadcastChannel(name);
  let isOpen = false;
  channel.onmessage = () => isOpen && channel.postMessage('open');
  const open = (): void => {
    isOpen = true;
    channel.postMessage('open');
  };
  return { query: `${what}=${encodeURIComponent(name)}`, open };
}

/** An element on the fake engine. `query` is for `loadFakeEngine`. */
export async function rig({ query = '', lang = 'en' }: { query?: string; lang?: string } = {}): Promise<Rig> {
  const element = await fixture<KyutaiSttElement>(
    html`<kyutai-stt
      model=${modelUrl(query)}
      worker-src=${FAKE_WORKER}
      worker-kind="dedicated"
      lang=${lang}
    ></kyutai-stt>`,
  );
  return rigOf(element);
}

export function rigOf(element: KyutaiSttElement): Rig {
  const log: string[] = [];
  for (const type of EVENTS) {
    element.addEventListener(type, (event) => {
      log.push(
        event.type === 'statechange' ? `:${(event as KyutaiSttEventMap['statechange']).detail.state}` : event.type,
      );
    });
  }
  return {
    element,
    log,
    part: (name) => element.shadowRoot?.querySelector<HTMLElement>(`[part~="${name}"]`) ?? null,
    get button() {
      const button = element.shadowRoot?.querySelector('button');
      if (!button) throw new Error('the element has no button');
      return button;
    },
  };
}

/** Resolves once `condition` holds after a render; fails, saying what it waited for, after ten seconds. */
export async function until(element: KyutaiSttElement, what: string, condition: () => boolean): Promise<void> {
  const end = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > end)
      throw new Error(`waited in vain for ${what}; state ${element.state}, text ${JSON.stringify(element.transcript)}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
    await element.updateComplete;
  }
  await element.updateComplete;
}

/** Fails if axe finds an issue in the element. Waits for its animations first, because colours fade in. */
export async function assertAccessible(element: KyutaiSttElement): Promise<void> {
  await Promise.all(element.shadowRoot?.getAnimations().map(({ finished }) => finished) ?? []);
  await assert.isAccessible(element);
}

/** The errors that were logged while `work` ran; they do not reach the console. */
export async function logged(work: () => Promise<unknown>): Promise<unknown[]> {
  const lines: unknown[] = [];
  const { error } = console;
  console.error = (...line: unknown[]) => void lines.push(...line);
  try {
    await work();
  } finally {
    console.error = error;
  }
  return lines;
}

/** What a promise rejects with; fails if it does not. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (cause) {
    return cause;
  }
  throw new Error('expected a rejection');
}
