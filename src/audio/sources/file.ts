/** The source for a recording (File, Blob, URL or ArrayBuffer), posted as fast as the worker consumes it. */
import { SttError } from '../../errors.js';
import { SourceCallbacks, type AudioSource } from '../audio-source.js';
import { decodeRecording, type Recording } from './decode.js';
import { Feed } from './feed.js';
import { readRecording, type RecordingInput } from './read-recording.js';
import { untilAborted } from './until-aborted.js';

/** Transcribes a recording. The port stays on the page: the worker's `consumed` replies on it control the flow. */
export class FileSource extends SourceCallbacks implements AudioSource {
  readonly kind = 'file';
  readonly #input: RecordingInput;
  readonly #decode: (signal: AbortSignal) => Promise<Recording>;
  readonly #abort = new AbortController();
  #reading: Promise<Recording> | null = null;
  #feed: Feed | null = null;
  #started = false;
  #paused = false;

  /** @param decode reads the samples in another way than as the mix of all channels */
  constructor(input: RecordingInput, decode?: (signal: AbortSignal) => Promise<Recording>) {
    super();
    this.#input = input;
    this.#decode = decode ?? (() => this.#decodeMix());
  }

  async prepare(signal?: AbortSignal): Promise<void> {
    await this.#read(signal);
  }

  async start(port: MessagePort, signal?: AbortSignal): Promise<void> {
    if (this.#started) throw new SttError('invalid-state', 'file source is started a second time');
    this.#started = true;
    const recording = await this.#read(signal);
    const feed = new Feed(port, recording, {
      level: (level) => this.onlevel?.(level),
      silent: (silent) => this.onsilent?.(silent),
      ended: () => this.onended?.(),
    });
    this.#feed = feed;
    if (this.#paused) feed.pause();
    else feed.resume();
  }

  stop(): Promise<void> {
    this.#feed?.end();
    this.abort();
    return Promise.resolve();
  }

  abort(): void {
    this.#drop(new DOMException('file source is aborted', 'AbortError'));
  }

  pause(): void {
    this.#paused = true;
    this.#feed?.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#feed?.resume();
  }

  #read(signal: AbortSignal | undefined): Promise<Recording> {
    const abort = (): void => {
      this.#drop(signal?.reason);
    };
    if (signal?.aborted) abort();
    else signal?.addEventListener('abort', abort, { once: true, signal: this.#abort.signal });
    this.#reading ??= this.#decoded();
    return untilAborted(this.#reading, this.#abort.signal);
  }

  async #decoded(): Promise<Recording> {
    if (typeof OfflineAudioContext === 'undefined')
      throw new SttError('unsupported', 'file: found no OfflineAudioContext, expected a browser with Web Audio');
    return this.#decode(this.#abort.signal);
  }

  async #decodeMix(): Promise<Recording> {
    const { bytes, name } = await readRecording(this.#input, this.#abort.signal);
    this.#abort.signal.throwIfAborted();
    return decodeRecording(bytes, name);
  }

  #drop(reason: unknown): void {
    this.#feed?.close();
    this.#abort.abort(reason);
  }
}
