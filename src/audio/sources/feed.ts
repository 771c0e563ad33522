/** Feeds a recording over a port, at the pace of whoever takes it. */
import type { AudioMessage, AudioReply } from '../../protocol/messages.js';
import { CODEC_RATE } from '../capture.js';
import { Framer } from '../framer.js';
import { LEVELS_PER_SECOND, Meter, type MeterSink } from '../level.js';
import { Resampler } from '../resampler.js';
import type { Recording } from './decode.js';

/** Frames sent and not yet taken: two seconds keep the worker busy, and leave an abort little to drop. */
export const MOST_OUTSTANDING = 25;

/** What a feed tells of. */
export interface FeedEvents extends MeterSink {
  /** Every frame and `end` are posted. Never fires within the call that made it true. */
  ended(): void;
}

/** One pass through a recording: resampled, framed and posted while the window is open. Begins paused. */
export class Feed {
  readonly #port: MessagePort;
  readonly #recording: Recording;
  readonly #events: FeedEvents;
  readonly #resampler: Resampler;
  readonly #framer: Framer;
  readonly #meter: Meter;
  #position = 0; // samples of the recording fed
  #sent = 0; // frames
  #taken = 0; // frames
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
      this.#taken = data.index + 1;
      this.#advance();
    };
  }

  pause(): void {
    if (this.#state !== 'running') return;
    this.#state = 'paused';
    this.#meter.rest();
  }

  resume(): void {
    if (this.#state !== 'paused') return;
    this.#state = 'running';
    this.#advance();
  }

  /** Posts what was fed so far and `end`, even outside the window: nothing follows. */
  end(): void {
    if (this.#state === 'over') return;
    this.#framer.push(this.#resampler.flush());
    this.#framer.end();
    this.#post({ type: 'end' });
    this.#state = 'over';
  }

  /** Says nothing more. */
  close(): void {
    this.#state = 'over';
    this.#port.onmessage = null;
  }

  #advance(): void {
    const { samples, rate } = this.#recording;
    const stretch = Math.round(rate / LEVELS_PER_SECOND); // at most one frame
    while (this.#state === 'running' && this.#sent - this.#taken < MOST_OUTSTANDING) {
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
