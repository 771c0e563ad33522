/** A session on a codec and a model of fixed answers, and someone who writes down what it says. */
import assert from 'node:assert/strict';
import type { SttError } from '../../../src/errors.js';
import { CodecBatch } from '../../../src/engine/codec-batch.js';
import { Scheduler } from '../../../src/engine/scheduler.js';
import { Session, type SessionHandlers } from '../../../src/engine/session.js';
import type { Recovery, WireWord } from '../../../src/protocol/stream-events.js';
import { config, FakeLm, FakeMimi, FRAME_SIZE, tokenizer, type Run } from './fake-model.js';

export class Recorder implements SessionHandlers {
  readonly words: (WireWord & { stop: number | null })[] = [];
  readonly log: string[] = [];
  readonly frames: number[] = [];
  readonly backlogs: number[] = [];
  error: SttError | undefined;
  onWord: () => void = () => undefined;
  onTaken: (index: number) => void = () => undefined;

  partial(text: string): void {
    this.log.push(`~${text}`);
  }
  word(word: WireWord): void {
    this.words.push({ ...word, stop: null });
    this.log.push(word.text);
    this.onWord();
  }
  wordEnd(index: number, end: number): void {
    const word = this.words[index];
    assert.ok(word);
    word.stop = end;
  }
  turn(): void {
    this.log.push('turn');
  }
  final(): void {
    this.log.push('final');
  }
  recovered(reason: Recovery, since: number): void {
    this.log.push(`${reason} ${since}`);
  }
  backlog(seconds: number): void {
    this.backlogs.push(seconds);
  }
  taken(index: number): void {
    this.frames.push(index);
    this.onTaken(index);
  }
  failed(error: SttError): void {
    this.log.push('failed');
    this.error = error;
  }
}

type Runs = readonly (Run | undefined)[];

export interface Bench {
  readonly mimi: FakeMimi;
  readonly lm: FakeLm;
  readonly released: Session[];
  readonly open: (recorder: SessionHandlers) => Session;
}

export const bench = Object.assign((...runs: Runs) => make(runs), { unwatched: (...runs: Runs) => make(runs, false) });

function make(runs: Runs, watchdog?: false): Bench {
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
    watchdog,
  };
  return { mimi, lm, released, open: (recorder) => new Session(parts, recorder, (session) => released.push(session)) };
}

export const frame = (value = 0.1): Float32Array => new Float32Array(FRAME_SIZE).fill(value);
export const pushMany = (session: Session, count: number): void => {
  for (let i = 0; i < count; i++) session.push(frame());
};

export const code =
  (expected: string) =>
  (error: unknown): boolean =>
    (error as SttError).code === expected;
