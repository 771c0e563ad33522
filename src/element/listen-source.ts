/** What the session listens to: a source, or several as lanes. */
import type { Microphone } from '../audio/sources/microphone-choice.js';
import type { SttClient } from '../client/stt-client.js';
import type { StreamHandlers, StreamSource, SttStream } from '../client/stt-stream.js';
import type { SttError } from '../errors.js';
import type { LevelDetail } from './events.js';

/** An audio source of the element. The callbacks, all optional, drive the meter and the events. */
export interface ListenSource extends StreamSource {
  onlevel?: ((level: LevelDetail) => void) | null;
  onsilent?: ((silent: boolean) => void) | null;
  ondevice?: ((device: Microphone) => void) | null;
}

/** A lane's label and source. */
export interface LaneSource {
  readonly speaker: string;
  readonly source: ListenSource;
}

/** Several sources as one. They have no stream in common: `open` starts one for each. */
export interface LanesSource extends Omit<ListenSource, 'start' | 'stop' | 'pause' | 'resume' | 'onended'> {
  readonly lanes: readonly LaneSource[];
  readonly echo: 'drop' | 'keep' | undefined;
  open(client: SttClient, handlers: LaneHandlers, signal: AbortSignal): Promise<RunStream>;
}

/** What the session needs of a stream. */
export type RunStream = Pick<SttStream, 'finish' | 'abort' | 'pause' | 'resume' | 'prefer' | 'clear' | 'edit'>;

export interface LaneHandlers extends StreamHandlers {
  /** One lane failed; the others go on. */
  readonly lost?: (error: SttError) => void;
}

/** What the session listens to. */
export type RunSource = ListenSource | LanesSource;
