/** The element's behaviour without rendering: one model, at most one stream, one status. No DOM. */
import { GraphSource } from '../../audio/sources/graph-source.js';
import type { LoadOptions, SttClient, SttClientOptions } from '../../client/stt-client.js';
import type { StreamHandlers } from '../../client/stt-stream.js';
import { changesBetween, EMPTY_TRANSCRIPT, type Transcript, type Utterance } from '../../client/transcript.js';
import { abortError, isAbort, SttError } from '../../errors.js';
import type { Phrase, StreamChoices } from '../../protocol/messages.js';
import type { EngineInfo } from '../../protocol/model.js';
import type { StreamMetrics } from '../../protocol/stream-events.js';
import type { KyutaiSttEventMap } from '../events.js';
import { ModelHandle } from './model-handle.js';
import { ListeningRun, type StartCall, type StartWhen } from './listening-run.js';
import { PresenceController, type PresenceHost } from './presence-controller.js';
import type { LaneHandlers, RunSource } from '../sources.js';
import { next, type Attempt, type Signal, type Status } from '../status.js';

/** What the session asks of its element, and what it reports. */
interface SessionOptions {
  /** Read each time a client is created. */
  clientOptions(): SttClientOptions;
  /** Read each time a stream starts. */
  choices(): StreamChoices;
  /** What a stream continues, and how its events are changed. Called once for a stream. */
  continuation?(): (Pick<Required<StreamHandlers>, 'filter'> & { readonly transcript: Transcript }) | undefined;
  emit<K extends keyof KyutaiSttEventMap>(type: K, detail: KyutaiSttEventMap[K]['detail']): void;
  /** The status changed its name. Called before any event that follows from the change. */
  statusChanged(previous: Status['name'], current: Status['name']): void;
  /** An edit has changed an utterance, or removed it: `after` has no words then. `before` is missing where it restored one. */
  edited(before: Utterance | undefined, after: Utterance): void;
  /** The model was released at the end of a stream because the options have changed since it was loaded. */
  modelReleased(): void;
  /** The status, the transcript, `backlog` or `silent` changed. */
  changed(): void;
  /** Loudness of the last 80 ms, root mean square, 0 … 1. */
  levelChanged(rms: number): void;
}

export class SessionController {
  readonly #options: SessionOptions;
  readonly #model: ModelHandle;
  #run: ListeningRun | undefined;
  /** The `start` call that `failed` belongs to. */
  #failedCall: StartCall | undefined;
  #status: Status = { name: 'idle' };
  #transcript: Transcript = EMPTY_TRANSCRIPT;
  #backlog = 0;
  #silent = false;
  #lost: readonly SttError[] = [];
  #metrics: StreamMetrics | undefined;
  /** The engine of the last `ready` event. */
  #announced: EngineInfo | undefined;
  /** The options have changed during a stream: the model is released when the stream ends. */
  #stale = false;
  /** An engine's failure arrives on several ways, and is reported once. */
  #reported: SttError | undefined;

  constructor(host: PresenceHost, options: SessionOptions) {
    this.#options = options;
    new PresenceController(host, () => this.unload());
    this.#model = new ModelHandle(() => options.clientOptions(), {
      progress: ({ phase, loaded, total, ...pace }) => {
        if (this.#status.name !== 'loading') return;
        this.#send({ type: 'progress', phase, loaded, total, pace });
        options.emit('progress', { phase, loaded, total, ...pace });
      },
      failed: (error) => this.#engineFailed(error),
    });
  }

  get status(): Status {
    return this.#status;
  }

  get transcript(): Transcript {
    return this.#transcript;
  }

  /** Seconds of live audio that wait to be transcribed. */
  get backlog(): number {
    return this.#backlog;
  }

  /** Whether the open microphone sends no sound. */
  get silent(): boolean {
    return this.#silent;
  }

  /** Why lanes of the current stream, or the last one, have failed while others went on. */
  get lost(): readonly SttError[] {
    return this.#lost;
  }

  get metrics(): StreamMetrics | undefined {
    return this.#metrics;
  }

  /** Undefined while no model is loaded or loading. */
  get client(): SttClient | undefined {
    return this.#model.client;
  }

  /** Whether a `start` call has not ended yet. */
  get running(): boolean {
    return this.#run !== undefined;
  }

  async load(): Promise<void> {
    this.refresh();
    this.#send({ type: 'load' });
    const client = this.#model.ensure();
    try {
      await this.#load();
    } catch (cause) {
      throw client === this.#model.client ? this.#reportEngine(cause) : cause;
    }
  }

  /** Releases the model; aborts a running stream. */
  unload(): void {
    this.#stale = false;
    this.abort();
    this.#model.release();
    this.#send({ type: 'unload' });
  }

  /** Releases the model if the options have changed; a running stream ends first. */
  refresh(): void {
    if (!this.#model.outdated) this.#stale = false;
    else if (this.#run?.started) this.#stale = true;
    else this.unload();
  }

  /**
   * @param describe what the source listens to, for the screen after a failure
   * @param when as in `StartOptions`; of live sources only
   */
  async start(
    createSource: () => RunSource,
    describe = (): Attempt => UNNAMED,
    when: StartWhen = 'downloaded',
  ): Promise<void> {
    return this.#start({ createSource, describe, when });
  }

  /** Makes the failed `start` call again, with a new source of the same audio. */
  async repeat(): Promise<void> {
    if (this.#failedCall) await this.#start(this.#failedCall);
  }

  async #start(call: StartCall): Promise<void> {
    if (this.#run) {
      // The running stream continues, so the error is reported but the status does not change.
      throw this.#emitError(new SttError('invalid-state', `start() was called while ${this.#status.name}`));
    }
    let run: ListeningRun;
    try {
      run = new ListeningRun(call);
    } catch (cause) {
      throw this.#report(SttError.from(cause, 'start()', 'invalid-argument'), call);
    }
    this.refresh();
    this.#run = run;
    // Words of another recording must not stand below a new one, not even while it is decoded, or where it cannot be.
    if (run.source.kind === 'file') this.#empty();
    this.#send({ type: 'start' });
    const { signal } = run;
    try {
      const client = this.#model.ensure();
      const loaded = this.#load({ live: run.source instanceof GraphSource });
      loaded.catch(() => undefined); // awaited below
      // A microphone is opened after the download, so that its light is not on longer than necessary, unless asked for.
      const when = run.source.kind === 'file' ? 'downloaded' : call.when;
      const early = run.source.kind === 'microphone' ? undefined : run.source.prepare?.(signal);
      await untilFailure(Promise.all([early, when === 'now' || client.arrived()]), loaded, signal);
      const continued = this.#options.continuation?.();
      this.#empty(continued?.transcript);
      this.#listenTo(run);
      const handlers = {
        ...this.#handlers(run),
        ...(continued && { continues: continued.transcript, filter: continued.filter }),
      };
      const { source } = run;
      run.opening =
        'open' in source ? source.open(client, handlers, signal) : client.start(source, handlers, signal, { when });
      run.stream = await run.opening;
      this.#send({ type: 'buffering' });
      if (run.audioEnded) this.#audioEnded(run);
      await loaded;
      if (run.failure) throw run.failure;
      if (this.#run === run) this.#opened(run);
      else run.stream.abort();
    } catch (cause) {
      const current = this.#run === run;
      if (current) this.#run = undefined;
      run.source.abort();
      run.stream?.abort();
      if (run.failure) throw run.failure;
      if (signal.aborted) throw abortError('Listening');
      throw current ? this.#report(cause, call) : cause;
    }
  }

  /**
   * Ends the audio and waits for the last words. While loading, audio that was recorded already is transcribed once the
   * model is ready; without any, cancels.
   */
  async stop(): Promise<void> {
    const run = this.#run;
    if (run?.stream) await run.stream.finish();
    else if (this.#status.name === 'loading') this.abort();
    // Words may arrive before the source reports that it is open.
    else await (await run?.opening)?.finish();
  }

  /** As `stop`, but where nothing was recorded yet, the model goes on loading. */
  async stopTalking(): Promise<void> {
    const run = this.#run;
    if (!run || run.stream || this.#status.name !== 'loading') return this.stop();
    this.#run = undefined;
    run.abort();
    this.#send({ type: 'cancel-start' });
    this.#ended(run);
    await this.load(); // reports its failure
  }

  /** Ends the stream at once, without the last words. The model stays, unless it was still loading. */
  abort(): void {
    const run = this.#run;
    this.#run = undefined;
    run?.abort();
    this.#send({ type: 'abort' });
    if (this.#status.name === 'idle') this.#model.release();
    if (run) this.#ended(run);
  }

  pause(): void {
    this.#model.client?.pauseDownload(true);
    if (this.#status.name !== 'listening') return;
    this.#run?.stream?.pause();
    this.#options.levelChanged(0);
    this.#send({ type: 'pause' });
  }

  resume(): void {
    this.#model.client?.pauseDownload(false);
    if (this.#status.name !== 'paused') return;
    this.#run?.stream?.resume();
    this.#send({ type: 'resume' });
  }

  /** Replaces the transcript. A running stream continues, and adds its later words. */
  clear(instead = EMPTY_TRANSCRIPT): void {
    this.#run?.stream?.clear();
    this.#transcript = instead;
    this.#options.changed();
  }

  /** Prefers other phrases in a running stream; the next one takes them from the options. */
  prefer(phrases: readonly Phrase[]): void {
    this.#run?.stream?.prefer(phrases);
  }

  /** Changes final utterances. A running stream continues. */
  edit(apply: (transcript: Transcript) => Transcript): void {
    const before = this.#transcript;
    if (this.#run?.stream) this.#run.stream.edit(apply);
    else {
      this.#transcript = apply(before);
      this.#options.changed();
    }
    for (const after of changesBetween(before, this.#transcript)) {
      const old = before.utterances.find(({ id }) => id === after.id);
      this.#options.edited(old, after);
    }
  }

  /** What was transcribed before no longer counts, except a transcript that the next stream continues. */
  #empty(continued = EMPTY_TRANSCRIPT): void {
    this.#transcript = continued;
    this.#metrics = undefined;
    this.#lost = [];
  }

  async #load(options?: LoadOptions): Promise<void> {
    const client = this.#model.ensure();
    const info = await client.load(options);
    if (client !== this.#model.client) throw abortError('Loading');
    this.#send({ type: 'loaded' });
    if (this.#announced !== info) this.#options.emit('ready', info);
    this.#announced = info;
  }

  #handlers(run: ListeningRun): LaneHandlers {
    const current = (): boolean => this.#run === run;
    // Words may arrive before `start` has resolved: audio flows then.
    const flows = (): boolean => {
      if (current()) this.#opened(run);
      return current();
    };
    return {
      ...this.#options.choices(),
      transcript: (utterance) => flows() && this.#options.emit('transcript', utterance),
      changed: (transcript) => {
        if (!current()) return;
        if (transcript.interim) this.#opened(run); // not at the end of an empty stream
        this.#transcript = transcript;
        this.#options.changed();
      },
      turn: (time, probability) => flows() && this.#options.emit('turn', { time, probability }),
      recovered: (reason, since) => flows() && this.#options.emit('recovery', { reason, since }),
      backlog: (seconds) => {
        // A file is read as fast as it is transcribed: it has no backlog.
        if (!current() || run.source.kind === 'file') return;
        this.#backlog = seconds;
        this.#options.emit('stall', { seconds });
        this.#options.changed();
      },
      finishing: () => {
        if (current()) this.#audioEnded(run);
      },
      ended: (metrics) => {
        if (!current()) return;
        this.#run = undefined;
        this.#metrics = metrics;
        this.#send({ type: 'done' });
        this.#ended(run);
      },
      failed: (error) => {
        if (current()) this.#fail(run, error);
      },
      lost: (error) => {
        if (!current()) return;
        this.#lost = [...this.#lost, error];
        this.#options.changed();
        this.#emitError(error);
      },
    };
  }

  #fail(run: ListeningRun, error: SttError): void {
    this.#run = undefined;
    run.failure = error;
    run.abort();
    this.#report(error, run.call);
    this.#ended(run);
  }

  /** The streams have failed already. A run without a stream ends, too, instead of continuing with another engine. */
  #engineFailed(error: SttError): void {
    if (this.#run && error !== this.#reported) this.#fail(this.#run, error);
    else this.#reportEngine(error);
  }

  #listenTo(run: ListeningRun): void {
    run.source.onlevel = (level) => {
      if (this.#run !== run) return;
      this.#options.levelChanged(level.rms);
      this.#options.emit('level', level);
      // What waits for the model is kept in memory: there is an end to it, as if the visitor had stopped.
      if (!run.started && ++run.waitingFrames >= MAX_WAITING_FRAMES) run.stream?.finish().catch(() => undefined);
    };
    run.source.ondevice = (device) => this.#run === run && this.#options.emit('devicechange', device);
    run.source.onsilent = (silent) => {
      // Silence in a media element or a file is not a muted microphone.
      if (this.#run !== run || !['microphone', 'lanes'].includes(run.source.kind ?? '')) return;
      this.#silent = silent;
      this.#options.changed();
    };
  }

  /** A loaded stream without audio skips `finishing`: `ended` or `failed` follows. */
  #audioEnded(run: ListeningRun): void {
    run.audioEnded = true;
    const buffering = this.#status.name === 'loading' && this.#status.buffering === true;
    if (run.started || buffering) this.#send({ type: 'stop' });
  }

  #opened(run: ListeningRun): void {
    if (run.started) return;
    run.started = true;
    this.#send({ type: 'opened' });
    this.#options.emit('start', null);
  }

  /** The last event of every stream that started. */
  #ended(run: ListeningRun): void {
    this.#backlog = 0;
    this.#silent = false;
    this.#options.levelChanged(0);
    this.#options.changed();
    if (run.started) this.#options.emit('end', null);
    if (!this.#stale || this.#run) return;
    this.#stale = false;
    this.#model.release();
    // A failure stays visible: the visitor must read it.
    if (this.#status.name !== 'failed') this.#send({ type: 'unload' });
    this.#options.modelReleased();
  }

  /** Reports an error that no other failure shares, unless it was reported: a listener may have started again since. */
  #reportEngine(cause: unknown): unknown {
    return cause === this.#reported ? cause : this.#report(cause);
  }

  /** Shows and emits an error once, and returns what the promise rejects with. An abort is not an error. */
  #report(cause: unknown, call = this.#run?.call): unknown {
    if (isAbort(cause)) return cause;
    const error = SttError.from(cause, 'Listening failed');
    if (this.#status.name === 'failed' && this.#status.error === error) return error;
    this.#reported = error;
    if (call) this.#failedCall = call;
    this.#send({ type: 'failed', error, ...(call && { attempt: call.describe() }) });
    return this.#emitError(error);
  }

  /** Also logs the message, for developers who do not listen to the event. */
  #emitError(error: SttError): SttError {
    console.error(error.message);
    this.#options.emit('error', error);
    return error;
  }

  #send(signal: Signal): void {
    const previous = this.#status;
    this.#status = next(previous, signal);
    if (this.#status === previous) return;
    if (this.#status.name !== 'failed') this.#failedCall = undefined;
    this.#options.changed();
    if (this.#status.name !== previous.name) this.#options.statusChanged(previous.name, this.#status.name);
  }
}

/** Audio that waits for the model: 5 minutes of 80 ms, each 1,920 samples of 4 bytes, 28.8 MB in all. */
const MAX_WAITING_FRAMES = 3_750;

const UNNAMED: Attempt = { isExplicit: false, isRepeatable: true };

/** Waits for `work`; rejects as soon as `loaded` does, or when `signal` aborts. */
async function untilFailure(work: Promise<unknown>, loaded: Promise<void>, signal: AbortSignal): Promise<void> {
  const failure = new Promise<never>((_, reject) => {
    loaded.catch(reject);
    signal.addEventListener('abort', () => reject(abortError('Listening')), { once: true });
  });
  signal.throwIfAborted();
  await Promise.race([failure, work]);
}
