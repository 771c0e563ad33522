/** What a live source plugs into the audio graph: the part that differs between a microphone, a track and a video. */
import type { SttError } from '../../errors.js';
import type { AudioSourceKind } from '../audio-source.js';
import type { Microphone } from './microphone-choice.js';
import type { ContextLease } from './shared-context.js';

/** Told by an input; of `ended` and `broken` at most one, and once. */
export interface InputEvents {
  /** The system mutes the device, or no longer does. */
  muted(muted: boolean): void;
  /** The sound now comes from another device. */
  changed(device: Microphone): void;
  /** The sound is over. */
  ended(): void;
  /** The sound broke off. */
  broken(error: SttError): void;
}

/** One way to bring sound into an AudioContext. */
export interface GraphInput {
  readonly kind: Exclude<AudioSourceKind, 'file'>;
  /** Asks for the device, or checks that there is something to hear. Throws or rejects with an SttError. */
  acquire(signal: AbortSignal, lease: ContextLease): Promise<void> | void;
  /** The node to capture; called once, after `acquire`, when the context runs. */
  connect(lease: ContextLease, events: InputEvents): AudioNode;
  /** Lets go of all that `acquire` and `connect` took, at any time, any number of times. */
  release(): void;
}
