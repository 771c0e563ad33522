/** Helpers of the source tests: the worker's end of a source's port, recorded events, WAV files. */
import type { AudioSource } from '../../../src/audio/audio-source.js';
import type { Level } from '../../../src/audio/level.js';
import { SttError, type SttErrorCode } from '../../../src/errors.js';
import type { AudioMessage, AudioReply } from '../../../src/protocol/messages.js';
import { concat } from '../../unit/audio/signals.js';

export const WORKLET_URL = new URL('../../../src/audio/capture.worklet.js', import.meta.url);

/** Posted behind a source's messages, so that its arrival proves theirs. */
const DRAINED = 'drained';

/** Receives a source's messages, in place of the worker. */
export class AudioReceiver {
  /** The source's end. */
  readonly port: MessagePort;
  readonly messages: AudioMessage[] = [];
  readonly #near: MessagePort;
  readonly #waiting = new Set<() => void>();
  #drained: (() => void) | undefined;

  /** @param acknowledges whether each frame is answered with `consumed` immediately */
  constructor(acknowledges = true) {
    const { port1, port2 } = new MessageChannel();
    this.#near = port1;
    this.port = port2;
    port1.onmessage = ({ data }: MessageEvent<AudioMessage | typeof DRAINED>) => {
      if (data === DRAINED) return this.#drained?.();
      this.messages.push(data);
      if (acknowledges && data.type === 'frame') this.acknowledge(data.index);
      for (const check of this.#waiting) check();
    };
  }

  acknowledge(index: number): void {
    this.#near.postMessage({ type: 'consumed', index } satisfies AudioReply);
  }

  get frames(): Float32Array[] {
    return this.messages.flatMap((message) => (message.type === 'frame' ? [message.pcm] : []));
  }

  get pcm(): Float32Array {
    return concat(this.frames);
  }

  /** Resolves when everything posted so far has arrived. For sources that do not transfer their port. */
  async drain(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#drained = resolve;
      this.port.postMessage(DRAINED);
    });
  }

  /** The last frame received; a single zero before the first. */
  get latest(): Float32Array {
    const { frames } = this;
    return frames[frames.length - 1] ?? new Float32Array(1);
  }

  get ended(): boolean {
    return this.messages[this.messages.length - 1]?.type === 'end';
  }

  /** Resolves once `enough` holds; rejects after 20 s. */
  async until(enough: (receiver: this) => boolean): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(check);
        reject(new Error(`timed out after ${this.frames.length} frames, ended: ${this.ended}`));
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

/** Records the callbacks of a source. */
export class SourceEvents {
  readonly levels: Level[] = [];
  readonly silences: boolean[] = [];
  readonly ended: Promise<void>;
  readonly broken: Promise<SttError>;

  /** The latest level. */
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

/** The SttError that `work` rejects with; fails for any other outcome or code. */
export async function expectSttError(work: Promise<unknown>, code: SttErrorCode): Promise<SttError> {
  const reason = await rejection(work);
  if (reason instanceof SttError && reason.code === code) return reason;
  throw new Error(`rejected with ${String(reason)}, expected an SttError with code ${code}`);
}

/** The reason that `work` rejects with. */
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
  header.setUint32(28, rate * 2, true); // bytes per second
  header.setUint16(32, 2, true); // bytes per sample
  header.setUint16(34, 16, true); // bits per sample
  write(36, 'data');
  header.setUint32(40, pcm.byteLength, true);
  return new Blob([header, pcm], { type: 'audio/wav' });
}

const opened: AudioSource[] = [];

/** Registers `source` for `abortAll`, so that a failed test does not leave it running. */
export function track<S extends AudioSource>(source: S): S {
  opened.push(source);
  return source;
}

/** Aborts all tracked sources, in `afterEach`. */
export function abortAll(): void {
  for (const source of opened.splice(0)) source.abort();
}
