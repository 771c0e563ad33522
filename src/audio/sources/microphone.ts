/** The visitor's microphone, and the next one where it is pulled out. */
import { SttError } from '../../errors.js';
import type { GraphInput, InputEvents } from './graph-input.js';
import { audioInputs, chosenMicrophone, microphoneChoice } from './microphone-choice.js';
import { openMicrophone, stopTracks, type MicrophoneOptions } from './open-microphone.js';
import type { ContextLease } from './shared-context.js';

export type { MicrophoneOptions };

/**
 * A microphone, asked for when it is acquired. Where it is unplugged the system's next one takes its place, and gives it
 * back when it returns; the stream goes on.
 */
export class MicrophoneInput implements GraphInput {
  readonly kind = 'microphone';
  readonly #options: MicrophoneOptions;
  readonly #released = new AbortController();
  #stream: MediaStream | null = null;
  #output: GainNode | null = null;
  #node: MediaStreamAudioSourceNode | null = null;
  /** For the track in use: aborted when another takes its place. */
  #watching = new AbortController();
  /** Another one is being opened. */
  #changing = false;
  /** There is no microphone left. */
  #broken = false;
  /** The one the stream began with, or was given since: it is taken back when it returns. */
  #first = '';

  constructor(options: MicrophoneOptions = {}) {
    this.#options = options;
  }

  async acquire(signal: AbortSignal): Promise<void> {
    const stream = await openMicrophone(this.#options);
    // The prompt may be answered long after the visitor gave up waiting: the light must not stay on.
    if (signal.aborted) stopTracks(stream);
    else this.#stream = stream;
  }

  connect({ context }: ContextLease, events: InputEvents): AudioNode {
    if (!this.#stream) throw new SttError('internal', 'the microphone is connected before it is acquired');
    this.#output = context.createGain();
    this.#plug(this.#stream, context, events);
    this.#first = this.#deviceId();
    const { signal } = this.#released;
    microphoneChoice.addEventListener('change', () => this.#chosen(context, events), { signal });
    navigator.mediaDevices.addEventListener('devicechange', () => this.#look(context, events), { signal });
    return this.#output;
  }

  release(): void {
    this.#released.abort();
    this.#unplug();
    this.#output?.disconnect();
  }

  #plug(stream: MediaStream, context: AudioContext, events: InputEvents): void {
    const [track] = stream.getAudioTracks();
    if (!track || !this.#output)
      throw new SttError('audio-capture', 'the microphone gave a stream without an audio track');
    this.#stream = stream;
    this.#node = context.createMediaStreamSource(stream);
    this.#node.connect(this.#output);
    this.#watching = new AbortController();
    const { signal } = this.#watching;
    const ended = (): void => this.#lost(context, events, 'its track ended');
    track.addEventListener('ended', ended, { signal });
    // The system, or a switch on the headset, mutes it: what comes is silence.
    track.addEventListener('mute', () => events.muted(true), { signal });
    track.addEventListener('unmute', () => events.muted(false), { signal });
    if (track.muted) queueMicrotask(() => !signal.aborted && events.muted(track.muted));
    if (track.readyState === 'ended') queueMicrotask(ended);
  }

  #unplug(): void {
    this.#watching.abort();
    this.#node?.disconnect();
    this.#node = null;
    if (this.#stream) stopTracks(this.#stream);
    this.#stream = null;
  }

  /** Devices came or went. Not every browser ends the track of an unplugged microphone, but all take it off the list. */
  #look(context: AudioContext, events: InputEvents): void {
    const { signal } = this.#released;
    audioInputs().then(
      (inputs) => {
        // An entry without an id stands for all that the browser hides, as where the permission was withdrawn. No entry
        // at all means that no microphone is left.
        if (signal.aborted || inputs.some(({ deviceId }) => deviceId === '')) return;
        const isThere = (id: string): boolean => inputs.some(({ deviceId }) => deviceId === id);
        const used = this.#deviceId();
        const isGone = inputs.length === 0 || (used !== '' && !isThere(used));
        if (isGone) this.#lost(context, events, 'it is no longer among the devices');
        else if (used !== this.#first && isThere(this.#first)) this.#returned(context, events);
      },
      (cause: unknown) => {
        if (!signal.aborted) events.broken(SttError.from(cause, `looking for ${this.#name()}`, 'audio-capture'));
      },
    );
  }

  /** Any other will do: the visitor is in the middle of a sentence. */
  #lost(context: AudioContext, events: InputEvents, how: string): void {
    const name = this.#name();
    this.#change({ ...this.#options, deviceId: '' }, context, events, false, (cause) => {
      const detail = cause instanceof Error ? cause.message : String(cause);
      const message = `${name} is gone: ${how}, and no other opens: ${detail}`;
      this.#broken = true;
      events.broken(new SttError('audio-capture', message, { cause }));
    });
  }

  /** The visitor's choice counts at once, unless the page has made it. */
  #chosen(context: AudioContext, events: InputEvents): void {
    const wanted = chosenMicrophone();
    if (this.#options.deviceId || wanted === this.#deviceId()) return;
    this.#change({ ...this.#options, deviceId: wanted }, context, events, true, (cause) => {
      console.warn(SttError.from(cause, 'The microphone chosen does not open').message);
    });
  }

  #returned(context: AudioContext, events: InputEvents): void {
    // Where it does not open, the one in use goes on.
    this.#change({ ...this.#options, deviceId: this.#first }, context, events, true, (cause) => {
      console.warn(SttError.from(cause, 'The microphone is back').message);
    });
  }

  /** `isHome`: the stream comes back to this one from now on. */
  #change(
    options: MicrophoneOptions,
    context: AudioContext,
    events: InputEvents,
    isHome: boolean,
    failed: (cause: unknown) => void,
  ): void {
    const { signal } = this.#released;
    if (this.#changing || this.#broken || signal.aborted) return;
    this.#changing = true;
    const change = async (): Promise<void> => {
      const stream = await openMicrophone(options);
      if (signal.aborted) {
        stopTracks(stream);
        return;
      }
      this.#unplug();
      this.#plug(stream, context, events);
      if (isHome) this.#first = this.#deviceId();
      events.muted(false);
      events.changed({ label: this.#name(), deviceId: this.#deviceId() });
    };
    change()
      .catch((cause: unknown) => {
        if (!signal.aborted) failed(cause);
      })
      .finally(() => {
        this.#changing = false;
        // Losses during a change are ignored, because most are of the microphone that is left.
        if (this.#track()?.readyState === 'ended') this.#lost(context, events, 'its track ended');
      });
  }

  #track(): MediaStreamTrack | undefined {
    return this.#stream?.getAudioTracks()[0];
  }

  #name(): string {
    return this.#track()?.label || 'microphone';
  }

  #deviceId(): string {
    return this.#track()?.getSettings().deviceId ?? '';
  }
}
