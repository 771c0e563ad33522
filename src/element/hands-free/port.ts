/** What optional features use of their element. They are loaded later, and import nothing of it but types. */
import type { ReactiveElement } from 'lit';
import type { Transcript, TranscriptEdit, Utterance, Word } from '../../client/transcript.js';
import type { StreamEvent } from '../../protocol/stream-events.js';
import type { StateName } from '../status.js';
import type { Strings } from '../strings/strings.js';

export type HotkeyMode = 'toggle' | 'hold';

/** What a spoken phrase does. Without `text` and `scratch` it only fires the `command` event. */
export interface SpokenCommand {
  /** In the `command` event. */
  readonly name: string;
  /** Written instead of the words. Punctuation joins the word before it, `\n` begins a line, `\n\n` a paragraph. */
  readonly text?: string;
  /** Removes the last utterance, or the line break after it. */
  readonly scratch?: boolean;
}

/**
 * By language, such as `en`, then by phrase. They are added to the element's own; `null` removes a phrase, and the phrase `*` all of
 * the element's own in that language.
 */
export type SpokenCommands = Readonly<Record<string, Readonly<Record<string, SpokenCommand | null>>>>;

export interface CommandDetail {
  /** Such as `comma`, `new-line` or `scratch`, in every language. */
  readonly name: string;
  /** As spoken. */
  readonly words: readonly Word[];
  /** The last utterance before it; undefined if there is none. */
  readonly utterance: Utterance | undefined;
}

/** What a command does in the field of a dictation: inserts `text`, or removes the last insertion. */
export type FieldEdit = { readonly text: string } | { readonly scratch: true };

/** Replaces an event of a stream before it is applied. */
export type WordFilter = (event: StreamEvent) => Iterable<StreamEvent | TranscriptEdit>;

export interface FeatureHost extends ReactiveElement {
  readonly hotkey: string;
  readonly hotkeyMode: HotkeyMode;
  readonly wakeLock: boolean;
  readonly spokenCommands: boolean;
  readonly commands: SpokenCommands;
  readonly editable: boolean;
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
  transcript(): Transcript;
  /** Primary subtags of the languages of the field, or of the element, preferred ones first. */
  languages(): readonly string[];
  /** Sets what makes a filter for each stream. */
  filterWords(make: () => WordFilter): void;
  /** Fires the `command` event. @returns false if the page cancels it */
  fireCommand(detail: CommandDetail): boolean;
  editField(edit: FieldEdit): void;
  /** Changes final utterances, and fires the events of an edit by the visitor. */
  editTranscript(apply: (transcript: Transcript) => Transcript): void;
  /** The word that an element shows. */
  wordOf(element: Element): Word | undefined;
}
