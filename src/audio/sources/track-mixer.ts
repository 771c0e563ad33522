/** Mixes all audio tracks of a MediaStream, including those added later, into one node. */

/** `output` is the sum of the stream's audio tracks. */
export class TrackMixer {
  readonly output: GainNode;
  readonly #context: AudioContext;
  readonly #allEnded: () => void;
  readonly #sources = new Map<MediaStreamTrack, MediaStreamAudioSourceNode>();
  #followed = new AbortController();

  /** @param allEnded called when the last live track ends or is removed */
  constructor(context: AudioContext, stream: MediaStream, allEnded: () => void) {
    this.#context = context;
    this.#allEnded = allEnded;
    this.output = context.createGain();
    this.follow(stream);
  }

  /** Switches to another stream without calling `allEnded`. */
  follow(stream: MediaStream): void {
    this.#disconnect();
    this.#followed = new AbortController();
    const { signal } = this.#followed;
    for (const track of stream.getAudioTracks()) this.#add(track);
    stream.addEventListener('addtrack', ({ track }) => this.#add(track), { signal });
    stream.addEventListener('removetrack', ({ track }) => this.#remove(track), { signal });
  }

  /** Does not stop the tracks: they belong to the stream. */
  close(): void {
    this.#disconnect();
    this.output.disconnect();
  }

  #disconnect(): void {
    this.#followed.abort();
    for (const source of this.#sources.values()) source.disconnect();
    this.#sources.clear();
  }

  /** A source node uses only the first track of its stream, so each track is wrapped in a separate stream. */
  #add(track: MediaStreamTrack): void {
    if (track.kind !== 'audio' || track.readyState === 'ended' || this.#sources.has(track)) return;
    const source = this.#context.createMediaStreamSource(new MediaStream([track]));
    source.connect(this.output);
    this.#sources.set(track, source);
    track.addEventListener('ended', () => this.#remove(track), { signal: this.#followed.signal, once: true });
  }

  #remove(track: MediaStreamTrack): void {
    this.#sources.get(track)?.disconnect();
    if (this.#sources.delete(track) && this.#sources.size === 0) this.#allEnded();
  }
}
