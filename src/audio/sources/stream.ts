/** A MediaStream or a MediaStreamTrack that the page already has. */
import { SttError } from '../../errors.js';
import type { GraphInput, InputEvents } from './graph-input.js';
import type { ContextLease } from './shared-context.js';
import { TrackMixer } from './track-mixer.js';

/**
 * Sound from someone else's stream; it is listened to and never stopped. Ends when its last audio track ends.
 *
 * Chromium gives the sound of a remote WebRTC stream to Web Audio only while some media element has it as `srcObject`
 * (a muted one will do): https://crbug.com/121673.
 */
export class StreamInput implements GraphInput {
  readonly kind = 'stream';
  readonly #stream: MediaStream;
  #mixer: TrackMixer | null = null;

  constructor(input: MediaStream | MediaStreamTrack) {
    this.#stream = input instanceof MediaStream ? input : new MediaStream([input]);
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
