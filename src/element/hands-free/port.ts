/** What optional features use of their element. They are loaded later, and import nothing of it but types. */
import type { ReactiveElement } from 'lit';
import type { StateName } from '../status.js';
import type { Strings } from '../strings/strings.js';

export type HotkeyMode = 'toggle' | 'hold';

export interface FeatureHost extends ReactiveElement {
  readonly hotkey: string;
  readonly hotkeyMode: HotkeyMode;
  readonly wakeLock: boolean;
  readonly target: HTMLElement | null;
  readonly state: StateName;
}

export interface FeaturePort {
  /** The field that the words are written into. */
  field(): HTMLElement | undefined;
  strings(): Strings;
  /** Reports a mistake of the page once. */
  warn(text: string): void;
  /** Whether audio is recorded, or its source is being opened. */
  records(): boolean;
  /** Whether a stream was started and has not ended. */
  running(): boolean;
  /** Whether the audio of that stream has ended: its words are still to come. */
  ends(): boolean;
  /** As the main button. */
  press(): void;
  /** Starts to listen; failures are reported by the element. */
  startTalking(): void;
  stopTalking(): void;
}
