/** What the browser tests hear: the worker's end of a source's port, and the sound of a page. */
import type { AudioSource } from '../../../src/audio/audio-source.js';
import type { Level } from '../../../src/audio/level.js';
import { SttError, type SttErrorCode } from '../../../src/errors.js';
import type { AudioMessage, AudioReply } from '../../../src/protocol/messages.js';
import { concat } from '../../unit/audio/signals.js';

export const WORKLET_URL = new URL('../../../src/audio/capture.worklet.js', import.meta.url);

/** The far end of a source's port, where the worker would be. */
export class Listener {
  /** For the source. */
  readonly port: MessagePort;
  readonly messages: AudioMessage[] = [];
  readonly #near: MessagePort;
  readonly #waiting = new Set<() => void>();

  /** @param takes whether frames are answered with `consumed`, as a worker that keeps up does */
  constructor(takes = true) {
    const { port1, port2 } = new MessageChannel();
    this.#near = port1;
    this.port = port2;
    port1.onmessage = ({ data }: MessageEvent<AudioMessage>) => {
      this.messages.push(data);
      if (takes && data.type === 'frame') this.take(data.index);
      for (const check of this.#waiting) check();
    };
  }

  take(index: number): void {
    this.#near.postMessage({ type: 'consumed', index } satisfies AudioReply);
  }

  get frames(): Float32Array[] {
    return this.messages.flatMap((message) => (message.type === 'frame' ? [message.pcm] : []));
  }

  get pcm(): Float32Array {
    return concat(this.frames);
  }

  /** The frame heard last; one zero before there is any. */
  get latest(): Float32Array {
    const { frames } = this;
    return frames[frames.length - 1] ?? new Float32Array(1);
  }

  get ended(): boolean {
    return this.messages[this.messages.length - 1]?.type === 'end';
  }

  /** Resolves once what was heard satisfies `enough`; fails, saying what was heard, after twenty seconds. */
  async until(enough: (listener: this) => boolean): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(check);
        reject(new Error(`waited in vain: ${this.frames.length} frames were heard, ended: ${this.ended}`));
      }, 20_000);
      const check = (): void => {
        if (!enough(this)) return;
        clearTimeout(timer);
        this.#waiting.delete(check);
        resolve();
      };
      this.#waiting.add(check);
      check();
    });
  }
}

/** What a source tells of while it runs. */
export class Told {
  readonly levels: Level[] = [];
  readonly silences: boolean[] = [];
  readonly ended: Promise<void>;
  readonly broken: Promise<SttError>;

  /** The level told last, if any. */
  get level(): Level | undefined {
    return this.levels[this.levels.length - 1];
  }

  constructor(source: AudioSource) {
    source.onlevel = (level) => this.levels.push(level);
    source.onsilent = (silent) => this.silences.push(silent);
    this.ended = new Promise((resolve) => {
      source.onended = resolve;
    });
    this.broken = new Promise((resolve) => {
      source.onerror = resolve;
    });
  }
}

/** The SttError that `work` rejects with, which must have this code. */
export async function refusal(work: Promise<unknown>, code: SttErrorCode): Promise<SttError> {
  const reason = await rejection(work);
  if (reason instanceof SttError && reason.code === code) return reason;
  throw new Error(`rejected with ${String(reason)}, expected an SttError with code ${code}`);
}

/** Whatever `work` rejects with. */
export async function rejection(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => {
      throw new Error('resolved, expected a rejection');
    },
    (reason: unknown) => reason,
  );
}

/** A mono WAV of 16-bit samples. */
export function wav(samples: Float32Array, rate: number): Blob {
  const pcm = Int16Array.from(samples, (sample) => Math.round(sample * 32_767));
  const header = new DataView(new ArrayBuffer(44));
  const write = (at: number, text: string): void => {
    for (let i = 0; i < text.length; i++) header.setUint8(at + i, text.charCodeAt(i));
  };
  write(0, 'RIFF');
  header.setUint32(4, 36 + pcm.byteLength, true);
  write(8, 'WAVEfmt ');
  header.setUint32(16, 16, true);
  header.setUint16(20, 1, true); // PCM
  header.setUint16(22, 1, true); // channels
  header.setUint32(24, rate, true);
  header.setUint32(28, rate * 2, true); // bytes a second
  header.setUint16(32, 2, true); // bytes a sample
  header.setUint16(34, 16, true); // bits a sample
  write(36, 'data');
  header.setUint32(40, pcm.byteLength, true);
  return new Blob([header, pcm], { type: 'audio/wav' });
}

const opened: AudioSource[] = [];

/** `source`, remembered: a test that fails half-way must not leave its sound running into the next. */
export function track<S extends AudioSource>(source: S): S {
  opened.push(source);
  return source;
}

/** For `afterEach`. */
export function abortAll(): void {
  for (const source of opened.splice(0)) source.abort();
}
