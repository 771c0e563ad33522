/** Transcribes one stream on a loaded model: audio frames in, events out. */
import { SttError } from '../errors.js';
import { Deferred } from '../lm/deferred.js';
import { alignmentOf, DelayedStreams, type Encode } from '../lm/delayed-streams.js';
import type { LanguageModel, LmResult, LmStream } from '../lm/language-model.js';
import type { Mimi, MimiStream } from '../mimi/mimi.js';
import type { SttConfig } from '../model/config.js';
import type { Phrase } from '../protocol/messages.js';
import type { SessionEvent, StreamMetrics } from '../protocol/stream-events.js';
import type { SentencePiece } from '../text/sentencepiece.js';
import type { TurnOptions } from '../text/turns.js';
import type { CodecBatch } from './codec-batch.js';
import { ContextRefresh } from './context-refresh.js';
import { FrameQueue } from './frame-queue.js';
import { checkResult, checkSound } from './validation.js';
import { DecodePass, type DecodePassParts, type Replay } from './decode-pass.js';
import { tableOf } from './spelled-phrases.js';
import { SpeechHistory } from './speech-history.js';
import type { Scheduler, Task } from './scheduler.js';
import { REPLAY_SECONDS, Watchdog, type Fault, type WatchdogOptions } from './watchdog.js';

/** What the engine shares between its sessions. */
export interface SessionParts {
  readonly config: SttConfig;
  readonly mimi: Mimi;
  readonly codec: CodecBatch;
  readonly lm: LanguageModel;
  readonly tokenizer: SentencePiece;
  readonly schedule: Scheduler;
  readonly turns: TurnOptions;
  /** Bytes of WASM memory in use. */
  readonly memoryBytes: () => number;
  /** `false` never restarts the model. */
  readonly watchdog?: WatchdogOptions | false | undefined;
  /** Whether a long stream's model starts again with an empty context in pauses; default no. */
  readonly refreshContext?: boolean | undefined;
  /** A table of names and terms to prefer. */
  readonly phrases?: Uint32Array<ArrayBuffer> | undefined;
}

/** Most steps pending on a GPU: enough to keep it busy, few enough that a file's frames wait in the session's queue. */
const MOST_PENDING = 4;

type State = 'open' | 'finishing' | 'settling' | 'ended';

export class Session implements Task {
  readonly #parts: SessionParts;
  readonly #sink: (event: SessionEvent) => void;
  readonly #released: (session: Session) => void;
  readonly #mimi: MimiStream;
  readonly #lm: LmStream;
  readonly #streams: DelayedStreams;
  readonly #watchdog: Watchdog | undefined;
  readonly #refresh: ContextRefresh | undefined;
  readonly #speech = new SpeechHistory();
  readonly #passParts: DecodePassParts;
  #pass: DecodePass;
  readonly #queue = new FrameQueue();

  #state: State = 'open';
  /** Whether a call of `settled` is pending, to detect a failed model. */
  #watched = false;
  #failure: Error | undefined;
  #finishing: Deferred<StreamMetrics> | undefined;
  #pushed = 0;
  #consumed = 0;
  /** Frames reported as consumed. */
  #emitted = 0;
  #recoveries = 0;
  #refreshes = 0;
  #peakBacklog = 0;
  #emittedBacklog = 0;

  /**
   * Made by `Engine.open`.
   * @param emit is called from inside the engine's loop, and must not throw
   * @param released is called once the session's memory is free again
   */
  constructor(parts: SessionParts, emit: (event: SessionEvent) => void, released: (session: Session) => void) {
    this.#parts = parts;
    this.#sink = emit;
    this.#released = released;
    [this.#mimi, this.#lm] = openStreams(parts, (result) => this.#receive(result));
    const { config, mimi, codec, tokenizer, turns, watchdog = {} } = parts;
    const { frameRate } = config.mimi;
    const replayed = watchdog ? Math.ceil((watchdog.replaySeconds ?? REPLAY_SECONDS) * frameRate) : 0;
    this.#refresh = parts.refreshContext ? new ContextRefresh(alignmentOf(config), config.lm.context) : undefined;
    const kept = Math.max(replayed, this.#refresh ? this.#refresh.lead + MOST_PENDING : 0);
    this.#watchdog = watchdog ? new Watchdog(frameRate, watchdog) : undefined;
    const stream = this.#mimi;
    const failed = (cause: unknown): void => this.fail(cause);
    const encode: Encode = (pcm, coded) => codec.add({ stream, pcm, coded, failed });
    this.#streams = new DelayedStreams(encode, this.#lm, config, mimi.frameSize, kept);
    const { alignment } = this.#streams;
    this.#passParts = {
      config,
      tokenizer,
      turns,
      alignment,
      emit: (event) => this.#emit(event),
      watchdog: this.#watchdog,
      speech: this.#speech,
    };
    this.#pass = new DecodePass(this.#passParts);
    if (parts.phrases) this.#lm.prefer(parts.phrases);
    parts.schedule.add(this);
  }

  /** Frames that wait to be transcribed. */
  get waiting(): number {
    return this.#queue.length;
  }

  /**
   * Queues one frame, [frameSize] f32 at 24 kHz, and keeps the array: do not write to it afterwards. Throws
   * `invalid-argument` for another length and `invalid-state` after `finish`. Drops frames after an abort or a failure,
   * since some may still be in transit.
   */
  push(pcm: Float32Array): void {
    const { frameSize } = this.#parts.mimi;
    if (pcm.length !== frameSize) {
      throw new SttError('invalid-argument', `frame ${this.#pushed} has ${pcm.length} samples, expected ${frameSize}`);
    }
    if (this.#finishing) throw new SttError('invalid-state', `frame ${this.#pushed} was pushed after finish()`);
    if (this.#state !== 'open') return;
    this.#pushed++;
    this.#queue.push(pcm);
    this.#peakBacklog = Math.max(this.#peakBacklog, this.#queue.length);
    this.#reportBacklog();
    this.#parts.schedule.wake();
  }

  /** Prefers other phrases from the next step on. Throws `invalid-argument` for one that cannot be used, and keeps the last ones. */
  prefer(phrases: readonly Phrase[]): void {
    const table = tableOf(this.#parts.tokenizer, phrases);
    if (this.#live()) this.#lm.prefer(table);
  }

  /**
   * Flushes the delayed words and resolves after the last event. Further calls return the same promise. Rejects with the
   * stream's error, or with an AbortError if it was aborted.
   */
  finish(): Promise<StreamMetrics> {
    if (this.#finishing) return this.#finishing.promise;
    const finishing = new Deferred<StreamMetrics>();
    this.#finishing = finishing;
    if (this.#state === 'ended') {
      finishing.reject(this.#failure ?? aborted());
    } else {
      this.#state = 'finishing';
      this.#parts.schedule.wake();
    }
    return finishing.promise;
  }

  /** Drops the stream and its queued audio at once; no event follows. */
  abort(): void {
    if (this.#live()) this.#end(aborted());
  }

  get hasWork(): boolean {
    const waiting = this.#queue.length + this.#streams.replaying;
    const more = this.#state === 'finishing' || (this.#state === 'open' && waiting > 0);
    return more && this.#lm.pending < MOST_PENDING;
  }

  /** For the scheduler: processes one frame of a replay, of the queue or of the flush. */
  runFrame(): void {
    try {
      if (this.#streams.replaying > 0) return this.#streams.replay();
      const pcm = this.#queue.shift();
      if (pcm) this.#transcribe(pcm);
      else if (this.#pushed > 0) this.#streams.flush();
      // Whether the flush was long enough is known once every result has arrived.
      if (!pcm && (this.#pushed === 0 || this.#streams.flushed(false))) this.#state = 'settling';
    } catch (cause) {
      this.fail(cause);
    }
  }

  /** For the scheduler: the step ran, or was submitted to the GPU. */
  roundEnded(ms: number): void {
    this.#streams.lmMs += ms;
    if (this.#state === 'settling') this.#settled(() => this.#complete());
    else if (this.#lm.pending >= MOST_PENDING && !this.#watched) this.#watch();
  }

  /** Ends the stream with an `error` event. */
  fail(cause: unknown): void {
    if (!this.#live()) return;
    const error = SttError.from(cause, `frame ${this.#consumed - 1} of the stream`);
    this.#emit({ type: 'error', error: error.toWire() });
    if (this.#live()) this.#end(error);
  }

  /** A listener may abort the stream; nothing is emitted after that. */
  #emit(event: SessionEvent): void {
    if (this.#live()) this.#sink(event);
  }

  #transcribe(pcm: Float32Array): void {
    const index = this.#consumed++;
    checkSound(pcm, index);
    this.#speech.frame(pcm);
    this.#streams.push(pcm);
    this.#watchdog?.frame(pcm);
    this.#reportBacklog();
  }

  /** Processes the result of a step: from the CPU during the flush, from a GPU later. */
  #receive(result: LmResult): void {
    if (!this.#live()) return;
    try {
      checkResult(result);
      const frame = this.#pass.receive(result);
      if (frame >= this.#emitted && frame < this.#consumed) {
        this.#emitted = frame + 1;
        this.#emit({ type: 'consumed', index: frame });
      }
      const fault = this.#watchdog?.takeFault();
      if (fault && this.#live()) this.#recover(fault);
      else this.#refreshContext(result.step, frame);
      this.#parts.schedule.wake();
    } catch (cause) {
      this.fail(cause);
    }
  }

  /** Restarts a model that went wrong: replays the audio since then, while new audio is queued. Emitted words stay. */
  #recover({ reason, since, words }: Fault): void {
    // At the end of the audio nothing is left to go wrong.
    if (this.#isFlushing) return;
    const { frameRate } = this.#streams.alignment;
    const before = this.#pass;
    const frame = this.#restart(Math.ceil(since * frameRate), (first) => {
      before.close();
      return { frame: first, emitted: words, before };
    });
    this.#recoveries++;
    this.#emit({ type: 'recovery', reason, since: frame / frameRate });
  }

  /** Empties the model's context if `step`, the result for `frame`, is in a pause of a long stream. */
  #refreshContext(step: number, frame: number): void {
    const refresh = this.#refresh;
    const before = this.#pass;
    const isSpeech = this.#speech.isSpeech(frame);
    if (!refresh?.due({ step, isSpeech, wordOpen: before.open, turnOpen: before.turnOpen })) return;
    if (!this.#live() || this.#isFlushing || this.#streams.replaying > 0) return;
    this.#restart(frame + 1 - refresh.lead, (first) => {
      before.closeWords();
      return { frame: first, emitted: [], before, sameTurn: true };
    });
    this.#refreshes++;
  }

  /**
   * Resets the language model, which then processes the audio from `frame` on again, or from the first frame that is kept.
   * Returns that frame; `replayFrom` ends the pass so far.
   */
  #restart(frame: number, replayFrom: (first: number) => Replay): number {
    // A GPU's result may arrive while the next frame waits for the codec.
    this.#parts.codec.run();
    const count = this.#streams.replayable(this.#consumed - frame);
    const first = this.#consumed - count;
    // Before the restart: its first step may have a result at once.
    this.#pass = new DecodePass(this.#passParts, replayFrom(first));
    this.#streams.restart(count);
    return first;
  }

  get #isFlushing(): boolean {
    return this.#state === 'settling' || this.#streams.flushing;
  }

  /** A GPU that failed returns no results, and no step is pushed while too many are pending: only `settled` reports it. */
  #watch(): void {
    this.#watched = true;
    this.#settled(() => (this.#watched = false));
  }

  #settled(then: () => void): void {
    this.#lm.settled().then(then, (cause: unknown) => this.fail(cause));
  }

  /** Check again after each event: a listener may have aborted the stream. */
  #live(): boolean {
    return this.#state !== 'ended';
  }

  /** Called when every result has arrived. */
  #complete(): void {
    if (!this.#live()) return;
    if (this.#pushed > 0 && !this.#streams.flushed(this.#pass.open)) {
      this.#state = 'finishing';
      this.#parts.schedule.wake();
      return;
    }
    const metrics = this.#metrics();
    this.#pass.close();
    this.#emit({ type: 'end', metrics });
    if (this.#live()) this.#end(undefined, metrics);
  }

  #end(failure: Error | undefined, metrics?: StreamMetrics): void {
    this.#state = 'ended';
    this.#failure = failure;
    this.#queue.clear();
    this.#parts.schedule.remove(this);
    this.#parts.schedule.whenFree(() => this.#release());
    if (metrics) this.#finishing?.resolve(metrics);
    else this.#finishing?.reject(failure ?? aborted());
  }

  #release(): void {
    this.#parts.codec.drop(this.#mimi);
    this.#mimi.close();
    this.#lm.close();
    this.#released(this);
  }

  #reportBacklog(): void {
    const seconds = this.#queue.length / this.#streams.alignment.frameRate;
    const emitted = this.#emittedBacklog;
    // A microphone's backlog changes by one frame all the time; only whole seconds are reported.
    const rises = seconds > 1 && Math.floor(seconds) > Math.floor(emitted);
    const falls = seconds === 0 ? emitted > 0 : seconds > 1 && emitted - seconds >= 1;
    if (!rises && !falls) return;
    this.#emittedBacklog = seconds;
    this.#emit({ type: 'backlog', seconds });
  }

  #metrics(): StreamMetrics {
    const { mimiMs, lmMs, steps, alignment } = this.#streams;
    const audioSeconds = this.#consumed / alignment.frameRate;
    const gpu = this.#parts.lm.gpu?.();
    // A GPU works beside this thread: the slower of the two sets the pace.
    const busyMs = Math.max(mimiMs + lmMs, steps * (gpu?.stepMs ?? 0));
    return {
      frames: this.#consumed,
      steps,
      audioSeconds,
      mimiMs,
      lmMs,
      rtf: audioSeconds > 0 ? busyMs / (audioSeconds * 1000) : 0,
      peakBacklog: this.#peakBacklog,
      recoveries: this.#recoveries,
      refreshes: this.#refreshes,
      memoryBytes: this.#parts.memoryBytes(),
      ...(gpu && { gpu }),
    };
  }
}

/** Opens both streams or neither: memory may run out for the second. */
function openStreams({ mimi, lm }: SessionParts, sink: (result: LmResult) => void): [MimiStream, LmStream] {
  const mimiStream = mimi.open();
  try {
    return [mimiStream, lm.open(sink)];
  } catch (cause) {
    mimiStream.close();
    throw cause;
  }
}

const aborted = (): Error => new DOMException('the stream was aborted', 'AbortError');
