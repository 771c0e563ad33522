/** The element's life without its looks: one model, at most one stream, one status. No DOM here. */
import type { SttClient, SttClientOptions } from '../../client/stt-client.js';
import type { StreamHandlers } from '../../client/stt-stream.js';
import { EMPTY_TRANSCRIPT, type Transcript } from '../../client/transcript.js';
import { abortError, isAbort, SttError } from '../../errors.js';
import type { TurnChoice } from '../../protocol/messages.js';
import type { EngineInfo } from '../../protocol/model.js';
import type { StreamMetrics } from '../../protocol/stream-events.js';
import type { KyutaiSttEventMap } from '../events.js';
import { ModelHandle } from './model-handle.js';
import { ListeningRun, type ListenSource } from './listening-run.js';
import { next, type Signal, type Status } from '../status.js';

/** What the session asks of its element, and what it reports. */
interface SessionOptions {
  /** Read each time a client is created. */
  clientOptions(): SttClientOptions;
  /** Read each time a stream starts. */
  turns(): TurnChoice;
  emit<K extends keyof KyutaiSttEventMap>(type: K, detail: KyutaiSttEventMap[K]['detail']): void;
  /** The status changed its name. Called before any event that follows from the change. */
  statusChanged(previous: Status['name'], current: Status['name']): void;
  /** The model was released at the end of a stream because the options have changed since it was loaded. */
  modelReleased(): void;
  /** The status, the transcript, `behind` or `silent` changed. */
  changed(): void;
  /** Loudness of the last 80 ms, root mean square, 0 … 1. */
  levelChanged(rms: number): void;
}

export class SessionController {
  readonly #host: SessionOptions;
  readonly #model: ModelHandle;
  #run: ListeningRun | undefined;
  #status: Status = { name: 'idle' };
  #transcript: Transcript = EMPTY_TRANSCRIPT;
  #behind = 0;
  #silent = false;
  #metrics: StreamMetrics | undefined;
  /** The engine that `ready` has told of. */
  #announced: EngineInfo | undefined;
  /** The options changed while a stream was on: the model is given up when it ends. */
  #stale = false;

  constructor(host: SessionOptions) {
    this.#host = host;
    this.#model = new ModelHandle(() => host.clientOptions(), {
      progress: ({ phase, loaded, total, ...pace }) => {
        if (this.#status.name !== 'loading') return;
        this.#send({ type: 'progress', phase, loaded, total, pace });
        host.emit('progress', { phase, loaded, total, ...pace });
      },
      failed: (error) => void this.#report(error),
    });
  }

  get status(): Status {
    return this.#status;
  }

  get transcript(): Transcript {
    return this.#transcript;
  }

  /** Seconds of live sound that wait. */
  get behind(): number {
    return this.#behind;
  }

  /** Whether the open microphone sends nothing at all. */
  get silent(): boolean {
    return this.#silent;
  }

  get metrics(): StreamMetrics | undefined {
    return this.#metrics;
  }

  /** What it listens through; undefined while no model is held or asked for. */
  get client(): SttClient | undefined {
    return this.#model.client;
  }

  /** Whether `start` was called and is not over. */
  get running(): boolean {
    return this.#run !== undefined;
  }

  async load(): Promise<void> {
    this.refresh();
    this.#send({ type: 'load' });
    const client = this.#model.need();
    try {
      await this.#load();
    } catch (cause) {
      throw client === this.#model.client ? this.#report(cause) : cause;
    }
  }

  /** Gives the model up, and with it any stream. */
  unload(): void {
    this.#stale = false;
    this.abort();
    this.#model.release();
    this.#send({ type: 'unload' });
  }

  /** Gives up a model that is not the one wanted any more. A stream that is on goes on to its end first. */
  refresh(): void {
    if (!this.#model.outdated) this.#stale = false;
    else if (this.#run?.started) this.#stale = true;
    else this.unload();
  }

  async start(makeSource: () => ListenSource): Promise<void> {
    if (this.#run) {
      // What is under way goes on, so this is told and not shown.
      throw this.#tell(new SttError('invalid-state', `start() was called while ${this.#status.name}`));
    }
    let run: ListeningRun;
    try {
      run = new ListeningRun(makeSource());
    } catch (cause) {
      throw this.#report(SttError.from(cause, 'start()', 'invalid-argument'));
    }
    this.refresh();
    this.#run = run;
    this.#send({ type: 'start' });
    const { signal } = run;
    try {
      const loaded = this.#load();
      loaded.catch(() => undefined); // awaited below
      // A microphone is opened once all is downloaded: its light must not burn longer than it takes to put that in place.
      const early = run.source.kind === 'microphone' ? undefined : run.source.prepare?.(signal);
      await Promise.all([early, this.#model.need().arrived()]);
      signal.throwIfAborted();
      this.#transcript = EMPTY_TRANSCRIPT;
      this.#metrics = undefined;
      this.#hear(run);
      const stream = await this.#model.need().start(run.source, this.#handlers(run), signal);
      run.stream = stream;
      this.#send({ type: 'hearing' });
      await loaded;
      if (run.failure) throw run.failure;
      if (this.#run === run) this.#opened(run);
      else stream.abort();
    } catch (cause) {
      const current = this.#run === run;
      if (current) this.#run = undefined;
      run.source.abort();
      if (signal.aborted) throw abortError('Listening');
      throw current ? this.#report(cause) : (run.failure ?? cause);
    }
  }

  /** Ends the sound and waits for the last words; while loading, cancels. */
  async stop(): Promise<void> {
    if (this.#status.name === 'loading') this.abort();
    else await this.#run?.stream?.finish();
  }

  /** Ends everything under way at once, without the last words. The model stays, unless it was still loading. */
  abort(): void {
    const run = this.#run;
    this.#run = undefined;
    run?.abort();
    this.#send({ type: 'abort' });
    if (this.#status.name === 'idle') this.#model.release();
    if (run) this.#over(run);
  }

  pause(): void {
    this.#model.client?.holdDownload(true);
    if (this.#status.name !== 'listening') return;
    this.#run?.stream?.pause();
    this.#host.levelChanged(0);
    this.#send({ type: 'pause' });
  }

  resume(): void {
    this.#model.client?.holdDownload(false);
    if (this.#status.name !== 'paused') return;
    this.#run?.stream?.resume();
    this.#send({ type: 'resume' });
  }

  /** Forgets what was heard, for `instead`. A stream that is on goes on, with what it hears from now. */
  clear(instead = EMPTY_TRANSCRIPT): void {
    this.#run?.stream?.clear();
    this.#transcript = instead;
    this.#host.changed();
  }

  async #load(): Promise<void> {
    const client = this.#model.need();
    const info = await client.load();
    if (client !== this.#model.client) throw abortError('Loading');
    this.#send({ type: 'loaded' });
    if (this.#announced !== info) this.#host.emit('ready', info);
    this.#announced = info;
  }

  #handlers(run: ListeningRun): StreamHandlers {
    const current = (): boolean => this.#run === run;
    // What is heard may arrive before `start` has returned; it is proof that sound flows.
    const heard = (): boolean => {
      if (current()) this.#opened(run);
      return current();
    };
    return {
      turns: this.#host.turns(),
      transcript: (utterance) => heard() && this.#host.emit('transcript', utterance),
      changed: (transcript) => {
        if (!current()) return;
        if (transcript.interim) this.#opened(run); // an end without a word is a change, too
        this.#transcript = transcript;
        this.#host.changed();
      },
      turn: (time, probability) => heard() && this.#host.emit('turn', { time, probability }),
      recovered: (reason, since) => heard() && this.#host.emit('recovery', { reason, since }),
      backlog: (seconds) => {
        // A recording is fed as fast as it is taken: it is never late.
        if (!current() || run.source.kind === 'file') return;
        this.#behind = seconds;
        this.#host.emit('stall', { seconds });
        this.#host.changed();
      },
      // Of a sound that is over before it has begun, `ended` or `failed` will tell.
      finishing: () => current() && run.started && this.#send({ type: 'stop' }),
      ended: (metrics) => {
        if (!current()) return;
        this.#run = undefined;
        this.#metrics = metrics;
        this.#send({ type: 'done' });
        this.#over(run);
      },
      failed: (error) => {
        if (!current()) return;
        this.#run = undefined;
        run.failure = error;
        this.#report(error);
        this.#over(run);
      },
    };
  }

  #hear(run: ListeningRun): void {
    run.source.onlevel = (level) => {
      if (this.#run !== run) return;
      this.#host.levelChanged(level.rms);
      this.#host.emit('level', level);
    };
    run.source.ondevice = (device) => this.#run === run && this.#host.emit('devicechange', device);
    run.source.onsilent = (silent) => {
      // A paused video, or a recording's quiet minute, is nobody's muted microphone.
      if (this.#run !== run || run.source.kind !== 'microphone') return;
      this.#silent = silent;
      this.#host.changed();
    };
  }

  #opened(run: ListeningRun): void {
    if (run.started) return;
    run.started = true;
    this.#send({ type: 'opened' });
    this.#host.emit('start', null);
  }

  /** Whatever ended it: the last event of a stream that began. */
  #over(run: ListeningRun): void {
    this.#behind = 0;
    this.#silent = false;
    this.#host.levelChanged(0);
    this.#host.changed();
    if (run.started) this.#host.emit('end', null);
    if (!this.#stale || this.#run) return;
    this.#stale = false;
    this.#model.release();
    // A failure stays on the screen: it is what the visitor has to read.
    if (this.#status.name !== 'failed') this.#send({ type: 'unload' });
    this.#host.modelReleased();
  }

  /** Shows and tells an error once, and returns what the promise rejects with. Being aborted is no error. */
  #report(cause: unknown): unknown {
    if (isAbort(cause)) return cause;
    const error = SttError.from(cause, 'Listening failed');
    if (this.#status.name === 'failed' && this.#status.error === error) return error;
    this.#send({ type: 'failed', error });
    return this.#tell(error);
  }

  /** Once to the page, and once to the console, which is where a developer looks who hears no events. */
  #tell(error: SttError): SttError {
    console.error(error.message);
    this.#host.emit('error', error);
    return error;
  }

  #send(signal: Signal): void {
    const previous = this.#status;
    this.#status = next(previous, signal);
    if (this.#status === previous) return;
    this.#host.changed();
    if (this.#status.name !== previous.name) this.#host.statusChanged(previous.name, this.#status.name);
  }
}
