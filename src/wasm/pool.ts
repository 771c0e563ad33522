/** Threads that help one thread run its plans over a memory they share. Which they are is the host's affair. */
import { SttError } from '../errors.js';
import type { Arena } from './arena.js';
import { ParallelPolicy } from './parallel-policy.js';
import { MOST_PARTS, QueueOwner, QUEUE_BYTES } from './work-queue.js';

/** Owner → helper, once. */
export interface HelpMessage {
  readonly type: 'help';
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** Where in memory the words of tickets.ts lie. */
  readonly queue: number;
}

/** Helper → owner: ready once, or failed. */
export type HelperReply = { readonly type: 'ready' } | { readonly type: 'failed'; readonly reason: string };

/** A thread that was started to help. */
export interface Helper {
  post(message: HelpMessage): void;
  /** Ends it, whatever it does. */
  terminate(): void;
}

export interface Helpers {
  /** How many to start, 1 or more. */
  readonly count: number;
  /** Starts a thread that runs `help` (help.ts) on the message it gets. `died`: it will never answer, or answer no more. */
  readonly start: (heard: (reply: HelperReply) => void, died: (reason: string) => void) => Helper;
  /** Milliseconds until a helper that has not said `ready` is given up; default `PATIENCE_MS`. */
  readonly timeoutMs?: number;
}

/** Threads that take part in a plan now, and why there are fewer than asked for. */
export interface Threads {
  readonly threads: number;
  readonly fewerThreads?: string;
}

/** A call that is shared out, or several that one thread does alone. */
export interface Section {
  /** Bytes of the code of all its parts, which follow each other. */
  readonly from: number;
  readonly to: number;
  /** Parts at once, each between two neighbouring words of a table in memory; 1 for the owner's own. */
  readonly parts: number;
  /** Index of that table in memory as words. */
  readonly table: number;
}

/** More threads than this wait for memory and for each other more than they help. */
const MOST_THREADS = 4;

/** Threads that an engine does well with on so many processors. */
export function threadsFor(processors: number): number {
  return Math.max(1, Math.min(MOST_THREADS, processors));
}

/** A helper that has not started, or not finished its part, by then never will. */
const PATIENCE_MS = 10_000;

function silent(ms: number): SttError {
  return new SttError('worker-failed', `A thread took a part of a frame and was silent for ${ms} ms`);
}

export class Pool {
  /** Parts that a call is shared out in at most. */
  readonly parts: number;
  readonly #arena: Arena;
  readonly #run: (from: number, to: number) => void;
  readonly #tickets: QueueOwner;
  readonly #patienceMs: number;
  readonly #helpers = new Set<Helper>();
  readonly #started: Promise<void>;
  readonly #ended = new AbortController();
  readonly #worth = new ParallelPolicy();
  #ready = 0;
  #reason: string | undefined;

  /** Starts helpers over `arena`'s memory, which is shared, with `module`, of which `run` is the owner's own instance. */
  constructor(arena: Arena, module: WebAssembly.Module, run: (from: number, to: number) => void, helpers: Helpers) {
    const { count, timeoutMs = PATIENCE_MS } = helpers;
    this.parts = Math.min(MOST_PARTS, count + 1);
    this.#arena = arena;
    this.#run = run;
    this.#patienceMs = timeoutMs;
    const queue = arena.alloc(QUEUE_BYTES, 'work queue');
    this.#tickets = new QueueOwner(arena.memory, queue);
    const message: HelpMessage = { type: 'help', module, memory: arena.memory, queue };
    this.#started = Promise.all(Array.from({ length: count }, () => this.#start(helpers, message))).then(
      () => undefined,
    );
  }

  /** Resolves when every helper has started, or will not. Plans may run before that. */
  get started(): Promise<void> {
    return this.#started;
  }

  get threads(): Threads {
    const threads = this.#ready + 1;
    return this.#reason === undefined ? { threads } : { threads, fewerThreads: this.#reason };
  }

  /** Helpers that sleep now. */
  get sleepingHelpers(): number {
    return this.#tickets.sleepingHelpers;
  }

  /** Runs sections one after the other, which follow each other in memory. Throws what a kernel throws. */
  run(sections: readonly Section[]): void {
    const began = performance.now();
    let waitedMs = 0;
    try {
      if (this.#ready > 0 && this.#worth.isParallel) waitedMs = this.#runShared(sections);
      else this.#runAlone(sections);
    } catch (cause) {
      // Helpers may be in the midst of what this thread has left.
      this.stop(`A kernel failed: ${cause instanceof Error ? cause.message : String(cause)}`);
      throw cause;
    }
    if (this.#ready > 0) this.#worth.record(performance.now() - began, waitedMs);
  }

  /** Ends the helpers; plans run on this thread alone from then on. `reason`: for whoever asks. */
  stop(reason?: string): void {
    this.#ended.abort();
    this.#ready = 0;
    this.#reason ??= reason;
    this.#tickets.stop();
    for (const helper of this.#helpers) helper.terminate();
    this.#helpers.clear();
  }

  #runAlone(sections: readonly Section[]): void {
    const [first, last] = [sections[0], sections[sections.length - 1]];
    if (first && last) this.#run(first.from, last.to);
  }

  /** Milliseconds that this thread waited for others. */
  #runShared(sections: readonly Section[]): number {
    const tickets = this.#tickets;
    const words = this.#arena.u32;
    let waitedMs = 0;
    for (const { from, to, parts, table } of sections) {
      if (parts === 1) {
        this.#run(from, to);
        continue;
      }
      tickets.publish(table, parts);
      for (let part = tickets.take(); part >= 0; part = tickets.take()) {
        this.#run(words[table + part] ?? 0, words[table + part + 1] ?? 0);
        tickets.complete();
      }
      waitedMs += tickets.waitForAll(this.#patienceMs);
      if (waitedMs === Infinity) throw silent(this.#patienceMs);
      if (tickets.failed) throw new SttError('internal', 'A kernel failed on another thread');
    }
    return waitedMs;
  }

  /** Resolves when the helper is ready, or given up. */
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
        () => gone(`A thread did not start within ${this.#patienceMs / 1000} s`),
        this.#patienceMs,
      );
      const heard = (reply: HelperReply): void => {
        if (reply.type === 'failed') gone(reply.reason);
        else if (state === 'starting' && helper && this.#helpers.has(helper)) {
          clearTimeout(timer);
          state = 'ready';
          this.#ready++;
          resolve();
        }
      };
      const ended = (): void => {
        clearTimeout(timer);
        state = 'gone';
        resolve();
      };
      this.#ended.signal.addEventListener('abort', ended);
      try {
        helper = helpers.start(heard, gone);
        this.#helpers.add(helper);
        helper.post(message);
      } catch (cause) {
        this.#reason ??= `A thread could not be started: ${cause instanceof Error ? cause.message : String(cause)}`;
        gone('');
      }
    });
  }
}
