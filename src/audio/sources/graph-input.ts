/** The part of a live source that differs between a microphone, a track and a media element. */
import type { SttError } from '../../errors.js';
import type { AudioSourceKind } from '../audio-source.js';
import type { Microphone } from './microphone-choice.js';
import type { ContextLease } from './shared-context.js';

/** Receives the events of an input. At most one of `ended` and `broken` is called, once. */
export interface InputEvents {
  /** The system muted or unmuted the device. */
  muted(muted: boolean): void;
  /** Another device is in use. */
  changed(device: Microphone): void;
  /** The audio has ended. */
  ended(): void;
  /** The audio was interrupted. */
  broken(error: SttError): void;
}

/** Audio that can be connected to an AudioContext. */
export interface GraphInput {
  readonly kind: Exclude<AudioSourceKind, 'file'>;
  /** Requests the device, or checks that the input has audio. Throws or rejects with an SttError. */
  acquire(signal: AbortSignal, lease: ContextLease): Promise<void> | void;
  /** Returns the node to capture. Called once, after `acquire`, when the context is running. */
  connect(lease: ContextLease, events: InputEvents): AudioNode;
  /** Releases everything that `acquire` and `connect` acquired. May be called at any time and repeatedly. */
  release(): void;
}
