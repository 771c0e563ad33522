/** What the element's life without its looks asks of the element. */
import type { SttClientOptions } from '../../client/stt-client.js';
import type { TurnChoice } from '../../protocol/messages.js';
import type { KyutaiSttEventMap } from '../events.js';
import type { Status } from '../status.js';

/** Whom the listener works for. */
export interface ListenerHost {
  /** Read whenever a client is made. */
  clientOptions(): SttClientOptions;
  /** Read whenever a stream begins. */
  turns(): TurnChoice;
  emit<K extends keyof KyutaiSttEventMap>(type: K, detail: KyutaiSttEventMap[K]['detail']): void;
  /** The status went from one name to another, before any event tells of it. */
  statusChanged(previous: Status['name'], current: Status['name']): void;
  /** The model was given up when its stream had ended, because another is wanted. */
  outgrown(): void;
  /** Something to draw changed. */
  changed(): void;
  /** 0 … 1, many times a second. */
  leveled(rms: number): void;
}
