/** The audio thread's side of a capture: a shell around `Capture` that speaks over ports. */
import { SttError } from '../errors.js';
import { dispatch, type Handlers } from '../protocol/dispatch.js';
import type { AudioMessage } from '../protocol/messages.js';
import { Capture } from './capture.js';
import { CAPTURE_PROCESSOR, type CaptureCommand, type CaptureReport } from './capture-protocol.js';

/** Frames go straight to the worker: the page's main thread may be busy for seconds, this port does not care. */
class CaptureProcessor extends AudioWorkletProcessor {
  #frames: MessagePort | null = null;
  /** What is said before the port has come; a message takes less than a frame's 80 ms, so rarely anything. */
  #held: AudioMessage[] = [];
  readonly #capture: Capture | null;

  readonly #commands: Handlers<CaptureCommand> = {
    port: ({ port }) => {
      this.#frames = port;
      for (const message of this.#held.splice(0)) this.#send(message);
    },
    pause: () => this.#capture?.pause(),
    resume: () => this.#capture?.resume(),
    end: () => {
      this.#capture?.end();
      this.#report({ type: 'ended' });
    },
    abort: () => {
      this.#capture?.abort();
      this.#held = [];
    },
  };

  constructor() {
    super();
    this.#capture = this.#begin();
    this.port.onmessage = ({ data }: MessageEvent<CaptureCommand>) => {
      dispatch(this.#commands, data);
    };
  }

  process(inputs: readonly (readonly Float32Array[])[]): boolean {
    this.#capture?.process(inputs[0] ?? []);
    return this.#capture !== null && !this.#capture.ended;
  }

  /** An error thrown in a processor's constructor reaches the page without its message, so it is sent instead. */
  #begin(): Capture | null {
    try {
      return new Capture(
        {
          message: (message) => {
            this.#send(message);
          },
          level: (level) => {
            this.#report({ type: 'level', level });
          },
          silent: (silent) => {
            this.#report({ type: 'silent', silent });
          },
        },
        sampleRate,
      );
    } catch (cause) {
      this.#report({ type: 'failed', error: SttError.from(cause, 'audio capture').toWire() });
      return null;
    }
  }

  #send(message: AudioMessage): void {
    if (this.#frames === null) this.#held.push(message);
    else this.#frames.postMessage(message, message.type === 'frame' ? [message.pcm.buffer] : []);
  }

  #report(report: CaptureReport): void {
    this.port.postMessage(report);
  }
}

registerProcessor(CAPTURE_PROCESSOR, CaptureProcessor);
