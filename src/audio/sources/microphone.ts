/** The input for the microphone, with failover to another one when it is unplugged. */
import { SttError } from '../../errors.js';
import type { GraphInput, InputEvents } from './graph-input.js';
import { audioInputs, chosenMicrophone, microphoneChoice } from './microphone-choice.js';
import { openMicrophone, stopTracks, type MicrophoneOptions } from './open-microphone.js';
import type { ContextLease } from './shared-context.js';

export type { MicrophoneOptions };

/**
 * The microphone, requested by `acquire`. When it is unplugged, the stream continues with the system's next one, and
 * switches back when it is plugged in again.
 */
export class MicrophoneInput implements GraphInput {
  readonly kind = 'microphone';
  readonly #options: MicrophoneOptions;
  readonly #released = new AbortController();
  #stream: MediaStream | null = null;
  #output: GainNode | null = null;
  #node: MediaStreamAudioSourceNode | null = null;
  /** Aborted when another track replaces the one in use. */
  #watching = new AbortController();
  /** Another microphone is being opened. */
  #switching = false;
  /** No microphone is left. */
  #broken = false;
  /** The id of the preferred microphone: the one at the start or chosen since. The stream switches back to it. */
  #preferred = '';

  constructor(options: MicrophoneOptions = {}) {
    this.#options = options;
  }

  async acquire(signal: AbortSignal): Promise<void> {
    const stream = await openMicrophone(this.#options);
    // The prompt may be answered long after the abort: the recording indicator must not stay on.
    if (signal.aborted) stopTracks(stream);
    else this.#stream = stream;
  }

  connect({ context }: ContextLease, events: InputEvents): AudioNode {
    if (!this.#stream) throw new SttError('internal', 'the microphone is connected before it is acquired');
    this.#output = context.createGain();
    this.#connectStream(this.#stream, context, events);
    this.#preferred = this.#deviceId();
    const { signal } = this.#released;
    microphoneChoice.addEventListener('change', () => this.#onChoice(context, events), { signal });
    navigator.mediaDevices.addEventListener('devicechange', () => this.#onDeviceChange(context, events), { signal });
    return this.#output;
  }

  release(): void {
    this.#released.abort();
    this.#disconnectStream();
    this.#output?.disconnect();
  }

  #connectStream(stream: MediaStream, context: AudioContext, events: InputEvents): void {
    const [track] = stream.getAudioTracks();
    if (!track || !this.#output) throw new SttError('audio-capture', 'the stream of the microphone has no audio track');
    this.#stream = stream;
    this.#node = context.createMediaStreamSource(stream);
    this.#node.connect(this.#output);
    this.#watching = new AbortController();
    const { signal } = this.#watching;
    const ended = (): void => this.#onLoss(context, events, 'its track ended');
    track.addEventListener('ended', ended, { signal });
    // Muted by the system or a switch on the headset: the track delivers silence.
    track.addEventListener('mute', () => events.muted(true), { signal });
    track.addEventListener('unmute', () => events.muted(false), { signal });
    if (track.muted) queueMicrotask(() => !signal.aborted && events.muted(track.muted));
    if (track.readyState === 'ended') queueMicrotask(ended);
  }

  #disconnectStream(): void {
    this.#watching.abort();
    this.#node?.disconnect();
    this.#node = null;
    if (this.#stream) stopTracks(this.#stream);
    this.#stream = null;
  }

  /** The list of devices changed. Not every browser ends the track of an unplugged microphone, but all remove it from the list. */
  #onDeviceChange(context: AudioContext, events: InputEvents): void {
    const { signal } = this.#released;
    audioInputs().then(
      (inputs) => {
        // An entry without an id stands for all those the browser hides, for example because the permission was revoked.
        // An empty list means that no microphone is left.
        if (signal.aborted || inputs.some(({ deviceId }) => deviceId === '')) return;
        const isListed = (id: string): boolean => inputs.some(({ deviceId }) => deviceId === id);
        const current = this.#deviceId();
        const isGone = inputs.length === 0 || (current !== '' && !isListed(current));
        if (isGone) this.#onLoss(context, events, 'it is no longer among the devices');
        else if (current !== this.#preferred && isListed(this.#preferred)) this.#onReturn(context, events);
      },
      (cause: unknown) => {
        if (!signal.aborted) events.broken(SttError.from(cause, `looking for ${this.#name()}`, 'audio-capture'));
      },
    );
  }

  /** Switches to any other microphone: the visitor may be in the middle of a sentence. */
  #onLoss(context: AudioContext, events: InputEvents, how: string): void {
    const name = this.#name();
    this.#switch({ ...this.#options, deviceId: '' }, context, events, false, (cause) => {
      const detail = cause instanceof Error ? cause.message : String(cause);
      const message = `${name} was lost (${how}), and no other microphone could be opened: ${detail}`;
      this.#broken = true;
      events.broken(new SttError('audio-capture', message, { cause }));
    });
  }

  /** Applies the visitor's choice immediately, unless the page names a device. */
  #onChoice(context: AudioContext, events: InputEvents): void {
    const wanted = chosenMicrophone();
    if (this.#options.deviceId || wanted === this.#deviceId()) return;
    this.#switch({ ...this.#options, deviceId: wanted }, context, events, true, (cause) => {
      console.warn(SttError.from(cause, 'The chosen microphone could not be opened').message);
    });
  }

  #onReturn(context: AudioContext, events: InputEvents): void {
    // If it cannot be opened, the one in use stays.
    this.#switch({ ...this.#options, deviceId: this.#preferred }, context, events, true, (cause) => {
      console.warn(SttError.from(cause, 'The microphone that was plugged in again could not be opened').message);
    });
  }

  /** @param isPreferred the stream switches back to this microphone from now on */
  #switch(
    options: MicrophoneOptions,
    context: AudioContext,
    events: InputEvents,
    isPreferred: boolean,
    failed: (cause: unknown) => void,
  ): void {
    const { signal } = this.#released;
    if (this.#switching || this.#broken || signal.aborted) return;
    this.#switching = true;
    const open = async (): Promise<void> => {
      const stream = await openMicrophone(options);
      if (signal.aborted) {
        stopTracks(stream);
        return;
      }
      this.#disconnectStream();
      this.#connectStream(stream, context, events);
      if (isPreferred) this.#preferred = this.#deviceId();
      events.muted(false);
      events.changed({ label: this.#name(), deviceId: this.#deviceId() });
    };
    open()
      .catch((cause: unknown) => {
        if (!signal.aborted) failed(cause);
      })
      .finally(() => {
        this.#switching = false;
        // Losses during a switch are ignored, because most concern the microphone that is being replaced.
        if (this.#track()?.readyState === 'ended') this.#onLoss(context, events, 'its track ended');
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
