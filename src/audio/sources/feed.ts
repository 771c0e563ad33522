/** Posts a recording frame by frame, as fast as the receiver consumes it. */
import type { AudioMessage, AudioReply } from '../../protocol/messages.js';
import { CODEC_RATE } from '../capture.js';
import { Framer } from '../framer.js';
import { LEVELS_PER_SECOND, Meter, type MeterSink } from '../level.js';
import { Resampler } from '../resampler.js';
import type { Recording } from './decode.js';

/** Most frames sent and not yet consumed. Two seconds keep the worker busy and leave little to discard on abort. */
export const MOST_OUTSTANDING = 25;

/** Receives the events of a feed. */
export interface FeedEvents extends MeterSink {
  /** Every frame and `end` were posted. Called asynchronously. */
  ended(): void;
}

/** Resamples, frames and posts a recording, with at most `MOST_OUTSTANDING` frames in flight. Starts paused. */
export class Feed {
  readonly #port: MessagePort;
  readonly #recording: Recording;
  readonly #events: FeedEvents;
  readonly #resampler: Resampler;
  readonly #framer: Framer;
  readonly #meter: Meter;
  #position = 0; // samples of the recording fed
  #sent = 0; // frames
  #consumed = 0; // frames
  #state: 'paused' | 'running' | 'over' = 'paused';

  constructor(port: MessagePort, recording: Recording, events: FeedEvents) {
    this.#port = port;
    this.#recording = recording;
    this.#events = events;
    this.#resampler = new Resampler(recording.rate, CODEC_RATE);
    this.#meter = new Meter(events, recording.rate);
    this.#framer = new Framer((index, pcm) => {
      this.#sent = index + 1;
      this.#post({ type: 'frame', index, pcm }, [pcm.buffer]);
    });
    port.onmessage = ({ data }: MessageEvent<AudioReply>) => {
      this.#consumed = data.index + 1;
      this.#advance();
    };
  }

  pause(): void {
    if (this.#state !== 'running') return;
    this.#state = 'paused';
    this.#meter.reset();
  }

  resume(): void {
    if (this.#state !== 'paused') return;
    this.#state = 'running';
    this.#advance();
  }

  /** Posts the rest of what was fed so far and `end`, without waiting for replies. */
  end(): void {
    if (this.#state === 'over') return;
    this.#framer.push(this.#resampler.flush());
    this.#framer.end();
    this.#post({ type: 'end' });
    this.#state = 'over';
  }

  /** Posts nothing more. */
  close(): void {
    this.#state = 'over';
    this.#port.onmessage = null;
  }

  #advance(): void {
    const { samples, rate } = this.#recording;
    const stretch = Math.round(rate / LEVELS_PER_SECOND); // at most one frame
    while (this.#state === 'running' && this.#sent - this.#consumed < MOST_OUTSTANDING) {
      if (this.#position === samples.length) {
        this.end();
        setTimeout(() => {
          this.#events.ended();
        });
        return;
      }
      const next = samples.subarray(this.#position, this.#position + stretch);
      this.#position += next.length;
      this.#meter.push(next);
      this.#framer.push(this.#resampler.process(next));
    }
  }

  #post(message: AudioMessage, transfer: Transferable[] = []): void {
    this.#port.postMessage(message, transfer);
  }
}
