/** The helper threads that run parts of one thread's plans, over the memory they share. */
import { SttError } from '../errors.js';
import type { Arena } from './arena.js';
import { ParallelPolicy } from './parallel-policy.js';
import { MAX_PARTS, QueueOwner, QUEUE_BYTES } from './work-queue.js';

/** Owner → helper, once. */
export interface HelpMessage {
  readonly type: 'help';
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** Address of the work queue, see work-queue.ts. */
  readonly queue: number;
}

/** Helper → owner: `ready` once, or `failed`. */
export type HelperReply = { readonly type: 'ready' } | { readonly type: 'failed'; readonly reason: string };

/** One helper thread. */
export interface Helper {
  post(message: HelpMessage): void;
  /** Stops the thread, whatever it is doing. */
  terminate(): void;
}

export interface Helpers {
  /** Helpers to start, 1 or more. */
  readonly count: number;
  /**
   * Starts a thread that calls `runHelper` with the message it receives. `onReply` takes its replies; `onExit` its end, after
   * which it does not reply.
   */
  readonly start: (onReply: (reply: HelperReply) => void, onExit: (reason: string) => void) => Helper;
  /** Milliseconds within which a helper must start, and complete a part; default 10 000. */
  readonly timeoutMs?: number;
}

/** Number of threads that run plans, and why it is lower than requested. */
export interface Threads {
  readonly threads: number;
  readonly fewerThreads?: string;
}

/** Calls divided into parts, or calls that the owner runs alone. */
export interface Section {
  /** Byte addresses between which the code of all parts lies. */
  readonly from: number;
  readonly to: number;
  /** Number of parts; 1 for calls that the owner runs alone. */
  readonly parts: number;
  /** Word index of a table in memory: the start of each part, then the end of the last. */
  readonly table: number;
}

/** More threads spend more time waiting for memory and for each other than they save. */
const MAX_THREADS = 4;

/** The best number of threads for an engine on a machine with `processors` processors. */
export function threadsFor(processors: number): number {
  return Math.max(1, Math.min(MAX_THREADS, processors));
}

/** A helper that takes longer to start, or to complete a part, is considered dead. */
const DEFAULT_TIMEOUT_MS = 10_000;

function timedOut(ms: number): SttError {
  return new SttError('worker-failed', `A thread did not complete its part of a frame within ${ms} ms`);
}

export class Pool {
  /** Parts of a divided call at most. */
  readonly parts: number;
  readonly #arena: Arena;
  readonly #run: (from: number, to: number) => void;
  readonly #queue: QueueOwner;
  readonly #timeoutMs: number;
  readonly #helpers = new Set<Helper>();
  readonly #started: Promise<void>;
  readonly #stopped = new AbortController();
  readonly #policy = new ParallelPolicy();
  #ready = 0;
  #reason: string | undefined;

  /** Starts helpers over `arena`'s shared memory. `run` is the export of the owner's instance of `module`. */
  constructor(arena: Arena, module: WebAssembly.Module, run: (from: number, to: number) => void, helpers: Helpers) {
    const { count, timeoutMs = DEFAULT_TIMEOUT_MS } = helpers;
    this.parts = Math.min(MAX_PARTS, count + 1);
    this.#arena = arena;
    this.#run = run;
    this.#timeoutMs = timeoutMs;
    const queue = arena.alloc(QUEUE_BYTES, 'work queue');
    this.#queue = new QueueOwner(arena.memory, queue);
    const message: HelpMessage = { type: 'help', module, memory: arena.memory, queue };
    this.#started = Promise.all(Array.from({ length: count }, () => this.#start(helpers, message))).then(
      () => undefined,
    );
  }

  /** Resolves when every helper has started or failed. Plans may run before that. */
  get started(): Promise<void> {
    return this.#started;
  }

  get threads(): Threads {
    const threads = this.#ready + 1;
    return this.#reason === undefined ? { threads } : { threads, fewerThreads: this.#reason };
  }

  /** Helpers that are asleep now. */
  get sleepingHelpers(): number {
    return this.#queue.sleepingHelpers;
  }

  /** Runs consecutive sections in order. Throws `worker-failed` if a helper hangs, and what a kernel throws. */
  run(sections: readonly Section[]): void {
    const startedAt = performance.now();
    let waitedMs = 0;
    try {
      if (this.#ready > 0 && this.#policy.isParallel) waitedMs = this.#runParallel(sections);
      else this.#runAlone(sections);
    } catch (cause) {
      // Helpers may still be running parts of the section that failed.
      this.stop(`A kernel failed: ${cause instanceof Error ? cause.message : String(cause)}`);
      throw cause;
    }
    if (this.#ready > 0) this.#policy.record(performance.now() - startedAt, waitedMs);
  }

  /** Stops the helpers; from then on plans run on this thread alone. `reason`: shown as `fewerThreads`. */
  stop(reason?: string): void {
    this.#stopped.abort();
    this.#ready = 0;
    this.#reason ??= reason;
    this.#queue.stop();
    for (const helper of this.#helpers) helper.terminate();
    this.#helpers.clear();
  }

  #runAlone(sections: readonly Section[]): void {
    const [first, last] = [sections[0], sections[sections.length - 1]];
    if (first && last) this.#run(first.from, last.to);
  }

  /** Returns the milliseconds that this thread waited for helpers. */
  #runParallel(sections: readonly Section[]): number {
    const queue = this.#queue;
    const words = this.#arena.u32;
    let waitedMs = 0;
    for (const { from, to, parts, table } of sections) {
      if (parts === 1) {
        this.#run(from, to);
        continue;
      }
      queue.publish(table, parts);
      for (let part = queue.take(); part >= 0; part = queue.take()) {
        this.#run(words[table + part] ?? 0, words[table + part + 1] ?? 0);
        queue.complete();
      }
      waitedMs += queue.waitForAll(this.#timeoutMs);
      if (waitedMs === Infinity) throw timedOut(this.#timeoutMs);
      if (queue.failed) throw new SttError('internal', 'A kernel failed on another thread');
    }
    return waitedMs;
  }

  /** Starts one helper; resolves when it is ready or has failed. */
  #start(helpers: Helpers, message: HelpMessage): Promise<void> {
    return new Promise((resolve) => {
      let helper: Helper | undefined;
      let state: 'starting' | 'ready' | 'gone' = 'starting';
      const gone = (reason: string): void => {
        clearTimeout(timer);
        if (helper && this.#helpers.delete(helper)) {
          if (state === 'ready') this.#ready--;
          this.#reason ??= reason;
          helper.terminate();
        }
        state = 'gone';
        resolve();
      };
      const timer = setTimeout(
        () => gone(`A thread did not start within ${this.#timeoutMs / 1000} s`),
        this.#timeoutMs,
      );
      const onReply = (reply: HelperReply): void => {
        if (reply.type === 'failed') gone(reply.reason);
        else if (state === 'starting' && helper && this.#helpers.has(helper)) {
          clearTimeout(timer);
          state = 'ready';
          this.#ready++;
          resolve();
        }
      };
      const onStop = (): void => {
        clearTimeout(timer);
        state = 'gone';
        resolve();
      };
      this.#stopped.signal.addEventListener('abort', onStop);
      try {
        helper = helpers.start(onReply, gone);
        this.#helpers.add(helper);
        helper.post(message);
      } catch (cause) {
        this.#reason ??= `A thread could not start: ${cause instanceof Error ? cause.message : String(cause)}`;
        gone('');
      }
    });
  }
}
