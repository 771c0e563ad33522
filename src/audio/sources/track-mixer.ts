/** Brings every audio track of a MediaStream into the graph, also those that come later. */

/** Follows a stream's audio tracks; `output` carries their sum. */
export class TrackMixer {
  readonly output: GainNode;
  readonly #context: AudioContext;
  readonly #allEnded: () => void;
  readonly #sources = new Map<MediaStreamTrack, MediaStreamAudioSourceNode>();
  #left = new AbortController();

  /** @param allEnded called whenever the last live track ends or is taken away */
  constructor(context: AudioContext, stream: MediaStream, allEnded: () => void) {
    this.#context = context;
    this.#allEnded = allEnded;
    this.output = context.createGain();
    this.follow(stream);
  }

  /** Leaves the stream it follows, untold, for another. */
  follow(stream: MediaStream): void {
    this.#leave();
    this.#left = new AbortController();
    const { signal } = this.#left;
    for (const track of stream.getAudioTracks()) this.#add(track);
    stream.addEventListener('addtrack', ({ track }) => this.#add(track), { signal });
    stream.addEventListener('removetrack', ({ track }) => this.#remove(track), { signal });
  }

  /** Leaves the tracks as they are: they belong to the stream. */
  close(): void {
    this.#leave();
    this.output.disconnect();
  }

  #leave(): void {
    this.#left.abort();
    for (const source of this.#sources.values()) source.disconnect();
    this.#sources.clear();
  }

  /** A node on a whole stream takes its first track only, so each track gets a stream of its own. */
  #add(track: MediaStreamTrack): void {
    if (track.kind !== 'audio' || track.readyState === 'ended' || this.#sources.has(track)) return;
    const source = this.#context.createMediaStreamSource(new MediaStream([track]));
    source.connect(this.output);
    this.#sources.set(track, source);
    track.addEventListener('ended', () => this.#remove(track), { signal: this.#left.signal, once: true });
  }

  #remove(track: MediaStreamTrack): void {
    this.#sources.get(track)?.disconnect();
    if (this.#sources.delete(track) && this.#sources.size === 0) this.#allEnded();
  }
}
