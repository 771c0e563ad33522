/** The AudioWorkletProcessor: connects `Capture` to its message ports on the audio thread. */
import { SttError } from '../errors.js';
import { dispatch, type Handlers } from '../protocol/dispatch.js';
import type { AudioMessage } from '../protocol/messages.js';
import { Capture } from './capture.js';
import { CAPTURE_PROCESSOR, type CaptureCommand, type CaptureReport } from './capture-protocol.js';

/** Posts frames directly to the worker, so that a main thread that is busy for seconds does not delay them. */
class CaptureProcessor extends AudioWorkletProcessor {
  #frames: MessagePort | null = null;
  /** Messages from before the port arrived. The port usually arrives within the 80 ms of the first frame. */
  #queued: AudioMessage[] = [];
  readonly #capture: Capture | null;

  readonly #commands: Handlers<CaptureCommand> = {
    port: ({ port }) => {
      this.#frames = port;
      for (const message of this.#queued.splice(0)) this.#send(message);
    },
    pause: () => this.#capture?.pause(),
    resume: () => this.#capture?.resume(),
    end: () => {
      this.#capture?.end();
      this.#report({ type: 'ended' });
    },
    abort: () => {
      this.#capture?.abort();
      this.#queued = [];
    },
  };

  constructor() {
    super();
    this.#capture = this.#createCapture();
    this.port.onmessage = ({ data }: MessageEvent<CaptureCommand>) => {
      dispatch(this.#commands, data);
    };
  }

  process(inputs: readonly (readonly Float32Array[])[]): boolean {
    this.#capture?.process(inputs[0] ?? []);
    return this.#capture !== null && !this.#capture.ended;
  }

  /** An error thrown by a processor's constructor reaches the page without its message, so it is posted instead. */
  #createCapture(): Capture | null {
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
    if (this.#frames === null) this.#queued.push(message);
    else this.#frames.postMessage(message, message.type === 'frame' ? [message.pcm.buffer] : []);
  }

  #report(report: CaptureReport): void {
    this.port.postMessage(report);
  }
}

registerProcessor(CAPTURE_PROCESSOR, CaptureProcessor);
