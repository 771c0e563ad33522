/** The input for the microphone, with failover to another one when it is unplugged. */
import { SttError } from '../../errors.js';
import type { GraphInput, InputEvents } from './graph-input.js';
import { audioInputs, chosenMicrophone, microphoneChoice } from './microphone-choice.js';
import { openMicrophone, stopTracks, type MicrophoneOptions } from './open-microphone.js';
import type { ContextLease } from './shared-context.js';

export type { MicrophoneOptions };

/** Replacements in a row that were dead when they arrived, after which no microphone counts as left. */
const MOST_DEAD = 3;

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
  #context: AudioContext | null = null;
  #events: InputEvents | null = null;
  /** Aborted when another track replaces the one in use. */
  #watching = new AbortController();
  /** The id of the preferred microphone: the one at the start or chosen since. The stream switches back to it. */
  #preferred = '';
  /** The visitor chose; not applied yet. */
  #hasChoice = false;
  /** The list of devices changed; not looked at yet. */
  #hasNewList = false;
  /** Why the microphone in use is lost; undefined while it is not. */
  #loss: string | undefined;
  /** Changes are being applied, one at a time. Those that arrive meanwhile are applied afterwards. */
  #changing = false;
  /** No microphone is left. */
  #broken = false;

  constructor(options: MicrophoneOptions = {}) {
    this.#options = options;
  }

  async acquire(signal: AbortSignal): Promise<void> {
    // Changes while the prompt is open are applied once the stream is connected.
    const { signal: released } = this.#released;
    microphoneChoice.addEventListener('change', () => this.#change({ choice: true }), { signal: released });
    const devices = navigator.mediaDevices as MediaDevices | undefined;
    devices?.addEventListener('devicechange', () => this.#change({ list: true }), { signal: released });
    const stream = await openMicrophone(this.#options);
    // The prompt may be answered long after the abort: the recording indicator must not stay on.
    if (signal.aborted || released.aborted) stopTracks(stream);
    else this.#stream = stream;
  }

  connect({ context }: ContextLease, events: InputEvents): AudioNode {
    if (!this.#stream) throw new SttError('internal', 'the microphone is connected before it is acquired');
    this.#context = context;
    this.#events = events;
    this.#output = context.createGain();
    this.#connectStream(this.#stream, context, events);
    this.#preferred = this.#deviceId();
    this.#change({});
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
    const ended = (): void => {
      this.#loss = 'its track ended';
      this.#change({});
    };
    track.addEventListener('ended', ended, { signal });
    // Muted by the system or a switch on the headset: the track delivers silence.
    track.addEventListener('mute', () => events.muted(true), { signal });
    track.addEventListener('unmute', () => events.muted(false), { signal });
    if (track.muted) queueMicrotask(() => !signal.aborted && events.muted(track.muted));
  }

  #disconnectStream(): void {
    this.#watching.abort();
    this.#node?.disconnect();
    this.#node = null;
    if (this.#stream) stopTracks(this.#stream);
    this.#stream = null;
  }

  /** Notes what happened, and applies it unless another change is being applied. */
  #change({ choice = false, list = false }: { choice?: boolean; list?: boolean }): void {
    this.#hasChoice ||= choice;
    this.#hasNewList ||= list;
    const { signal } = this.#released;
    // Not before `connect`, and after the caller's task, which may make further changes.
    if (this.#changing || !this.#events) return;
    this.#changing = true;
    const { context, events } = { context: this.#context, events: this.#events };
    const apply = async (): Promise<void> => {
      await Promise.resolve();
      while (context && !this.#broken && !signal.aborted && (await this.#applyNext(context, events)));
    };
    apply()
      .catch((cause: unknown) => {
        if (!signal.aborted) this.#break(SttError.from(cause, `looking for ${this.#name()}`, 'audio-capture'), events);
      })
      .finally(() => (this.#changing = false));
  }

  /** Applies the most important change that is pending. False if there is none. */
  async #applyNext(context: AudioContext, events: InputEvents): Promise<boolean> {
    if (this.#hasChoice) {
      this.#hasChoice = false;
      await this.#choose(context, events);
      return true;
    }
    if (this.#track()?.readyState === 'ended') this.#loss ??= 'its track ended';
    if (this.#loss !== undefined) {
      await this.#replace(this.#loss, context, events);
      return true;
    }
    if (this.#hasNewList) {
      this.#hasNewList = false;
      await this.#compareList(context, events);
      return true;
    }
    return false;
  }

  /** Applies the visitor's choice immediately, unless the page names a device. If it cannot be opened, the one in use stays. */
  async #choose(context: AudioContext, events: InputEvents): Promise<void> {
    const wanted = chosenMicrophone();
    const used = this.#loss === undefined ? this.#deviceId() : undefined;
    // Chromium lists the system default as a device of this id.
    if (this.#options.deviceId || wanted === used || (wanted === '' && used === 'default')) return;
    await this.#tryPreferred(wanted, 'The chosen microphone', context, events);
  }

  /** The list of devices changed. Not every browser ends the track of an unplugged microphone, but all remove it from the list. */
  async #compareList(context: AudioContext, events: InputEvents): Promise<void> {
    const inputs = await audioInputs();
    // An entry without an id stands for all those the browser hides, for example because the permission was revoked.
    // An empty list means that no microphone is left.
    if (this.#released.signal.aborted || inputs.some(({ deviceId }) => deviceId === '')) return;
    const isListed = (id: string): boolean => inputs.some(({ deviceId }) => deviceId === id);
    const current = this.#deviceId();
    if (inputs.length === 0 || (current !== '' && !isListed(current))) this.#loss = 'it is no longer among the devices';
    else if (current !== this.#preferred && isListed(this.#preferred))
      await this.#tryPreferred(this.#preferred, 'The microphone that was plugged in again', context, events);
  }

  /** Switches to a microphone, to which the stream switches back from now on. If it cannot be opened, the one in use stays. */
  async #tryPreferred(deviceId: string, what: string, context: AudioContext, events: InputEvents): Promise<void> {
    try {
      await this.#open({ ...this.#options, deviceId }, context, events);
      this.#preferred = this.#deviceId();
    } catch (cause) {
      if (!this.#released.signal.aborted) console.warn(SttError.from(cause, `${what} could not be opened`).message);
    }
  }

  /** Switches to any other microphone: the visitor may be in the middle of a sentence. */
  async #replace(how: string, context: AudioContext, events: InputEvents): Promise<void> {
    const name = this.#name();
    for (let dead = 1; ; dead++) {
      try {
        await this.#open({ ...this.#options, deviceId: '' }, context, events);
        return;
      } catch (cause) {
        // A choice or a device that arrived meanwhile may help.
        if (this.#released.signal.aborted || this.#hasChoice) return;
        if (cause instanceof DeadMicrophone && dead < MOST_DEAD) continue;
        const detail = cause instanceof Error ? cause.message : String(cause);
        const message = `${name} was lost (${how}), and no other microphone could be opened: ${detail}`;
        this.#break(new SttError('audio-capture', message, { cause }), events);
        return;
      }
    }
  }

  /** Replaces the microphone in use. Rejects, and keeps it, if the other one cannot be opened or has ended already. */
  async #open(options: MicrophoneOptions, context: AudioContext, events: InputEvents): Promise<void> {
    const stream = await openMicrophone(options);
    const [track] = stream.getAudioTracks();
    if (this.#released.signal.aborted || track?.readyState !== 'live') {
      stopTracks(stream);
      throw new DeadMicrophone(`${track?.label || 'the microphone'} had ended when it was opened`);
    }
    this.#disconnectStream();
    this.#loss = undefined;
    this.#connectStream(stream, context, events);
    events.muted(false);
    events.changed({ label: this.#name(), deviceId: this.#deviceId() });
  }

  #break(error: SttError, events: InputEvents): void {
    this.#broken = true;
    events.broken(error);
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

/** A microphone that was unplugged while it was being opened. */
class DeadMicrophone extends Error {}
