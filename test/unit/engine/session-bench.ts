/** A session on a fake codec and a fake model, and a recorder of its events. */
import assert from 'node:assert/strict';
import type { WireError } from '../../../src/errors.js';
import { CodecBatch } from '../../../src/engine/codec-batch.js';
import { Scheduler } from '../../../src/engine/scheduler.js';
import { Session, type SessionParts } from '../../../src/engine/session.js';
import { dispatch, type Handlers } from '../../../src/protocol/dispatch.js';
import type { SessionEvent, StreamMetrics, WireWord } from '../../../src/protocol/stream-events.js';
import { config, FakeLm, FakeMimi, FRAME_SIZE, tokenizer, type Run } from './fake-model.js';

/** Records the events of a session. */
export class Recorder {
  readonly words: (WireWord & { stop: number | null })[] = [];
  readonly log: string[] = [];
  readonly frames: number[] = [];
  readonly backlogs: number[] = [];
  error: WireError | undefined;
  metrics: StreamMetrics | undefined;
  onWord: () => void = () => undefined;
  onConsumed: (index: number) => void = () => undefined;

  readonly #handlers: Handlers<SessionEvent> = {
    partial: ({ text }) => this.log.push(`~${text}`),
    word: ({ word }) => {
      this.words.push({ ...word, stop: null });
      this.log.push(word.text);
      this.onWord();
    },
    'word-end': ({ index, end }) => {
      const word = this.words[index];
      assert.ok(word);
      word.stop = end;
    },
    turn: () => this.log.push('turn'),
    final: () => this.log.push('final'),
    recovery: ({ reason, since }) => this.log.push(`${reason} ${since}`),
    backlog: ({ seconds }) => this.backlogs.push(seconds),
    consumed: ({ index }) => {
      this.frames.push(index);
      this.onConsumed(index);
    },
    end: ({ metrics }) => (this.metrics = metrics),
    error: ({ error }) => {
      this.log.push('error');
      this.error = error;
    },
  };

  readonly emit = (event: SessionEvent): void => {
    assert.ok(!this.metrics && !this.error, `${event.type} after the last event`);
    dispatch(this.#handlers, event);
  };
}

type Runs = readonly (Run | undefined)[];

export interface Bench {
  readonly mimi: FakeMimi;
  readonly lm: FakeLm;
  readonly released: Session[];
  readonly open: (recorder: Recorder) => Session;
}

export const bench = Object.assign((...runs: Runs) => make(runs), {
  unwatched: (...runs: Runs) => make(runs, { watchdog: false }),
  refreshing: (...runs: Runs) => make(runs, { refreshContext: true }),
});

function make(runs: Runs, options: Pick<SessionParts, 'watchdog' | 'refreshContext'> = {}): Bench {
  const [mimi, lm, released] = [new FakeMimi(), new FakeLm(...runs), [] as Session[]];
  const codec = new CodecBatch(mimi);
  const parts = {
    config,
    mimi,
    codec,
    lm,
    tokenizer,
    schedule: new Scheduler(
      { encode: () => codec.run(), flush: () => lm.flush() },
      () => new Promise((resolve) => setImmediate(resolve)),
    ),
    turns: {},
    memoryBytes: () => 0,
    ...options,
  };
  return {
    mimi,
    lm,
    released,
    open: (recorder) => new Session(parts, recorder.emit, (session) => released.push(session)),
  };
}

export const frame = (value = 0.1): Float32Array => new Float32Array(FRAME_SIZE).fill(value);
export const pushMany = (session: Session, count: number): void => {
  for (let i = 0; i < count; i++) session.push(frame());
};

export const code =
  (expected: string) =>
  (error: unknown): boolean =>
    (error as WireError).code === expected;
