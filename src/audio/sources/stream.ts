/** The input for a MediaStream or MediaStreamTrack of the page. */
import { SttError } from '../../errors.js';
import { isMediaStream } from '../platform-objects.js';
import type { GraphInput, InputEvents } from './graph-input.js';
import type { ContextLease } from './shared-context.js';
import { TrackMixer } from './track-mixer.js';

/**
 * The audio of a stream that the page owns: its tracks are never stopped. Ends when the last audio track ends.
 *
 * Chromium passes a remote WebRTC stream to Web Audio only while a media element has it as `srcObject` (a muted one is
 * enough): https://crbug.com/121673.
 */
export class StreamInput implements GraphInput {
  readonly kind = 'stream';
  readonly #stream: MediaStream;
  #mixer: TrackMixer | null = null;

  constructor(input: MediaStream | MediaStreamTrack) {
    this.#stream = isMediaStream(input) ? input : new MediaStream([input]);
  }

  acquire(): void {
    const tracks = this.#stream.getAudioTracks();
    if (tracks.some((track) => track.readyState === 'live')) return;
    const found = `${tracks.length} audio tracks, ${this.#stream.getVideoTracks().length} video tracks`;
    throw new SttError('invalid-argument', `MediaStream ${this.#stream.id} has no live audio track (${found})`);
  }

  connect({ context }: ContextLease, events: InputEvents): AudioNode {
    this.#mixer = new TrackMixer(context, this.#stream, () => {
      events.ended();
    });
    return this.#mixer.output;
  }

  release(): void {
    this.#mixer?.close();
    this.#mixer = null;
  }
}
