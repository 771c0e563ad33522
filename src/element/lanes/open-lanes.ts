/** Runs one stream for each lane, and reports them to the session as if they were one. */
import type { SttClient } from '../../client/stt-client.js';
import { choicesOf, type SttStream, type StreamHandlers } from '../../client/stt-stream.js';
import { changesBetween, EMPTY_TRANSCRIPT, type Transcript, type Utterance } from '../../client/transcript.js';
import { abortError, inLane, type SttError } from '../../errors.js';
import type { Phrase } from '../../protocol/messages.js';
import type { StreamMetrics } from '../../protocol/stream-events.js';
import type { LaneHandlers, LaneSource, LanesSource, RunStream } from '../listen-source.js';
import type { LaneTranscript } from '../words/lane-transcript.js';
import { LaneParagraphs } from './lane-paragraphs.js';
import { LiveCaptions } from './live-captions.js';
import { MergedLanes, type MergedChange } from './merged-lanes.js';

export { readChannel } from './channel.js';

/** Below it, a difference between two clocks is not worth a correction: half a frame, in seconds. */
const SAME_TIME = 0.04;

/**
 * Opens all devices, then starts all lanes together. Rejects if one of them cannot start, with an error that names the lane;
 * the others are then released.
 */
export async function openLanes(
  source: LanesSource,
  client: SttClient,
  handlers: LaneHandlers,
  signal: AbortSignal,
): Promise<RunStream> {
  const streams = new LaneStreams(source, handlers);
  await streams.open(client, signal);
  return streams;
}

class LaneRun {
  readonly index: number;
  readonly speaker: string;
  readonly source: LaneSource['source'];
  stream: SttStream | undefined;
  transcript: Transcript = EMPTY_TRANSCRIPT;
  /** `performance.now()` when its audio began. */
  began = 0;
  /** Seconds by which it began after the first lane. */
  offset = 0;
  level = { rms: 0, peak: 0 };
  behind = 0;
  isFinishing = false;
  isOver = false;
  error: SttError | undefined;
  metrics: StreamMetrics | undefined;

  constructor({ speaker, source }: LaneSource, index: number) {
    this.index = index;
    this.speaker = speaker;
    this.source = source;
  }
}

class LaneStreams implements RunStream {
  readonly #source: LanesSource;
  readonly #handlers: LaneHandlers;
  readonly #lanes: readonly LaneRun[];
  readonly #merged: MergedLanes;
  readonly #captions = new LiveCaptions();
  readonly #finished: Promise<StreamMetrics>;
  #resolve: (metrics: StreamMetrics) => void = () => undefined;
  #reject: (cause: unknown) => void = () => undefined;
  #last: MergedChange = { transcript: EMPTY_TRANSCRIPT, interims: [], changed: [] };
  /** Final utterances that the visitor has changed, by id. */
  readonly #edits = new Map<number, Utterance>();
  #isOpen = false;
  #isFinishing = false;
  #isOver = false;

  constructor(source: LanesSource, handlers: LaneHandlers) {
    this.#source = source;
    this.#handlers = handlers;
    this.#lanes = source.lanes.map((lane, index) => new LaneRun(lane, index));
    this.#merged = new MergedLanes(
      this.#lanes.map(({ speaker, source: { kind } }) => ({ speaker, isMicrophone: kind === 'microphone' })),
      { dropsEchoes: source.echo !== 'keep' },
    );
    this.#finished = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#finished.catch(() => undefined); // `failed` reports it
    source.onerror = (error) => this.#fail(error);
  }

  async open(client: SttClient, signal: AbortSignal): Promise<void> {
    const failed = new AbortController();
    const either = AbortSignal.any([signal, failed.signal]);
    try {
      await this.#each(async ({ source }) => source.prepare?.(either));
      await this.#each(async (lane) => {
        this.#listenTo(lane);
        lane.stream = await client.start(lane.source, this.#handlersOf(lane), either);
        lane.began = performance.now();
      });
    } catch (cause) {
      failed.abort();
      this.#isOver = true;
      for (const { source, stream } of this.#lanes) {
        source.abort();
        stream?.abort();
      }
      throw cause;
    }
    this.#alignClocks();
    this.#isOpen = true;
    for (const lane of this.#lanes) this.#update(lane);
    for (const lane of this.#lanes) if (lane.error) this.#lose(lane, lane.error);
    this.#settle();
  }

  finish(): Promise<StreamMetrics> {
    for (const { stream } of this.#lanes) stream?.finish().catch(() => undefined);
    return this.#finished;
  }

  abort(): void {
    this.#end();
    this.#reject(abortError('Listening'));
  }

  pause(): void {
    for (const { stream } of this.#lanes) stream?.pause();
  }

  resume(): void {
    for (const { stream } of this.#lanes) stream?.resume();
  }

  prefer(phrases: readonly Phrase[]): void {
    for (const { stream } of this.#lanes) stream?.prefer(phrases);
  }

  clear(): void {
    for (const { stream } of this.#lanes) stream?.clear();
  }

  /** The lanes only add to final utterances' words, so an edited one is shown instead of what they say. */
  edit(apply: (transcript: Transcript) => Transcript): void {
    const before = this.#edited(this.#last.transcript);
    const after = apply(before);
    for (const utterance of changesBetween(before, after)) this.#edits.set(utterance.id, utterance);
    this.#show(this.#last);
  }

  #edited(transcript: Transcript): Transcript {
    if (this.#edits.size === 0) return transcript;
    const utterances = transcript.utterances.map((utterance) => this.#edits.get(utterance.id) ?? utterance);
    return { ...transcript, utterances: utterances.filter(({ words }) => words.length > 0) };
  }

  /** Does `work` for all lanes at once. An error names its lane, unless it is the engine's: that fails all of them. */
  async #each(work: (lane: LaneRun) => Promise<void>): Promise<void> {
    await Promise.all(
      this.#lanes.map(async (lane) => {
        try {
          await work(lane);
        } catch (cause) {
          throw this.#lanes.every(({ error }) => error === cause) ? cause : inLane(cause, lane.speaker);
        }
      }),
    );
  }

  /** A recording begins with the first lane, however long it took to open. */
  #alignClocks(): void {
    const live = this.#lanes.filter(({ source }) => source.kind !== 'file');
    const first = Math.min(...live.map(({ began }) => began));
    for (const lane of live) {
      const offset = (lane.began - first) / 1000;
      lane.offset = offset < SAME_TIME ? 0 : offset;
    }
  }

  #handlersOf(lane: LaneRun): StreamHandlers {
    const { turn, recovered } = this.#handlers;
    return {
      ...choicesOf(this.#handlers),
      changed: (transcript) => {
        lane.transcript = transcript;
        this.#update(lane);
      },
      turn: (time, probability) => turn?.(time + lane.offset, probability),
      recovered: (reason, since) => recovered?.(reason, since + lane.offset),
      backlog: (seconds) => {
        if (lane.source.kind === 'file') return; // as fast as it is transcribed
        lane.behind = seconds;
        this.#handlers.backlog?.(Math.max(...this.#lanes.map(({ behind }) => behind)));
      },
      finishing: () => {
        lane.isFinishing = true;
        this.#settle();
      },
      ended: (metrics) => {
        lane.metrics = metrics;
        this.#over(lane);
      },
      failed: (error) => {
        lane.error = error;
        // If the engine fails, every lane does, and the session reports it once, in the same task.
        queueMicrotask(() => this.#lose(lane, error));
      },
    };
  }

  #listenTo(lane: LaneRun): void {
    const { source } = lane;
    source.onlevel = (level) => {
      lane.level = level;
      const open = this.#lanes.filter(({ isOver }) => !isOver);
      if (lane !== open[0]) return; // as often as for one stream
      const levels = open.map((each) => each.level);
      this.#source.onlevel?.({
        rms: Math.max(...levels.map(({ rms }) => rms)),
        peak: Math.max(...levels.map(({ peak }) => peak)),
      });
    };
    source.ondevice = (device) => this.#source.ondevice?.(device);
    source.onsilent = (silent) => {
      if (source.kind === 'microphone') this.#source.onsilent?.(silent);
    };
  }

  #update(lane: LaneRun): void {
    if (!this.#isOpen || this.#isOver) return;
    const change = this.#merged.update(lane.index, lane.transcript, lane.offset);
    this.#captions.update(change);
    this.#last = change;
    this.#show(change);
    for (const utterance of change.changed) this.#handlers.transcript?.(utterance);
  }

  #show(change: MergedChange): void {
    const captions = this.#captions.captions(change);
    const { announced } = this.#captions;
    const shown: LaneTranscript = {
      ...this.#edited(change.transcript),
      lanes: { captions, announced, interims: change.interims, Paragraphs: LaneParagraphs },
    };
    this.#handlers.changed?.(shown);
  }

  /** The lane has failed. The others go on. */
  #lose(lane: LaneRun, cause: SttError): void {
    if (!this.#isOpen || this.#isOver || lane.isOver) return;
    const error = inLane(cause, lane.speaker);
    if (this.#lanes.every((each) => each === lane || each.isOver)) this.#fail(error);
    else {
      this.#handlers.lost?.(error);
      this.#over(lane);
    }
  }

  #over(lane: LaneRun): void {
    lane.isOver = true;
    lane.behind = 0;
    this.#settle();
  }

  /** Reports what is true of all lanes. */
  #settle(): void {
    if (!this.#isOpen || this.#isOver) return;
    if (!this.#isFinishing && this.#lanes.every(({ isFinishing, isOver }) => isFinishing || isOver)) {
      this.#isFinishing = true;
      this.#handlers.finishing?.();
    }
    if (!this.#lanes.every(({ isOver }) => isOver)) return;
    const metrics = sum(this.#lanes.flatMap((lane) => lane.metrics ?? []));
    this.#isOver = true;
    if (metrics) {
      this.#handlers.ended?.(metrics);
      this.#resolve(metrics);
    }
  }

  #fail(error: SttError): void {
    if (this.#isOver) return;
    this.#end();
    this.#handlers.failed?.(error);
    this.#reject(error);
  }

  #end(): void {
    this.#isOver = true;
    for (const { stream } of this.#lanes) stream?.abort();
  }
}

/** Of all lanes together: their audio counts for each. Undefined without any. */
function sum(all: readonly StreamMetrics[]): StreamMetrics | undefined {
  return all.length === 0
    ? undefined
    : all.reduce((a, b) => {
        const audioSeconds = a.audioSeconds + b.audioSeconds;
        return {
          ...b,
          ...{ audioSeconds, frames: a.frames + b.frames, steps: a.steps + b.steps },
          ...{ mimiMs: a.mimiMs + b.mimiMs, lmMs: a.lmMs + b.lmMs },
          ...{ recoveries: a.recoveries + b.recoveries, refreshes: a.refreshes + b.refreshes },
          rtf: (a.rtf * a.audioSeconds + b.rtf * b.audioSeconds) / (audioSeconds || 1),
          peakBacklog: Math.max(a.peakBacklog, b.peakBacklog),
          memoryBytes: Math.max(a.memoryBytes, b.memoryBytes),
        };
      });
}
