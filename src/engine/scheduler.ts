/**
 * Shares one thread fairly between sessions, in rounds: one frame each, with the event loop in between; at the end of a
 * round the codec and then the language model process everything that was queued, in one batch each.
 */

/** A session, as the scheduler sees it. */
export interface Task {
  /** Whether `runFrame` has work now. */
  readonly hasWork: boolean;
  /** Processes one frame. Must not throw. */
  runFrame(): void;
  /** Called at the end of a round in which the task ran. `ms`: its share of the flush's wall-clock time. Must not throw. */
  roundEnded(ms: number): void;
  /** Called if the end of the round failed with `cause`. Must not throw. */
  fail(cause: unknown): void;
}

/** Lets the host handle its pending messages, then resolves. */
export type YieldToEventLoop = () => Promise<void>;

/** The default, since every host has timers. Workers inject a faster one. */
export const yieldByTimer: YieldToEventLoop = () => new Promise((resolve) => setTimeout(resolve, 0));

export class Scheduler {
  readonly #tasks: Task[] = [];
  readonly #encode: () => void;
  readonly #flush: () => void;
  readonly #yield: YieldToEventLoop;
  /** Tasks that ran a frame in this round. */
  readonly #served = new Set<Task>();
  readonly #deferred: (() => void)[] = [];
  #next = 0;
  #running = false;
  #working = false;

  /** @param stages the end of a round: `encode` processes the queued frames, `flush` the steps that follow from them */
  constructor(
    { encode, flush }: { encode: () => void; flush: () => void },
    yieldToEventLoop: YieldToEventLoop = yieldByTimer,
  ) {
    this.#encode = encode;
    this.#flush = flush;
    this.#yield = yieldToEventLoop;
  }

  add(task: Task): void {
    this.#tasks.push(task);
  }

  /** Removes a task and its pending work. Safe while it runs. */
  remove(task: Task): void {
    this.#served.delete(task);
    const index = this.#tasks.indexOf(task);
    if (index < 0) return;
    this.#tasks.splice(index, 1);
    // Keep the next task the same.
    if (index < this.#next) this.#next--;
  }

  /** Starts the loop unless it is running. */
  wake(): void {
    if (this.#running) return;
    this.#running = true;
    void this.#loop();
  }

  /** Calls `release` when no frame or flush is running, possibly now: their memory must outlive them. */
  whenFree(release: () => void): void {
    if (this.#working) this.#deferred.push(release);
    else release();
  }

  async #loop(): Promise<void> {
    try {
      // Yield first, so that `push` does not run a frame in its caller's stack.
      await this.#yield();
      for (;;) {
        // If the tasks that the round waited for are gone, it ends here.
        if (this.#served.size > 0 && !this.#pick()) await this.#endRound();
        // No await between the last `pick` and the end of the loop: a `wake` in between would be lost.
        const task = this.#pick();
        if (!task) break;
        this.#serve(task);
        // End the round at once if no other task has work: a single session need not wait.
        if (!this.#pick()) await this.#endRound();
        await this.#yield();
      }
    } finally {
      this.#running = false;
    }
  }

  #serve(task: Task): void {
    this.#next = this.#tasks.indexOf(task) + 1;
    this.#served.add(task);
    this.#work(() => task.runFrame());
  }

  async #endRound(): Promise<void> {
    const round = [...this.#served];
    this.#served.clear();
    let began = 0;
    try {
      this.#work(this.#encode);
      // With several sessions a round takes long enough for messages to queue up.
      if (round.length > 1) await this.#yield();
      began = performance.now();
      this.#work(this.#flush);
    } catch (cause) {
      for (const task of round) if (this.#tasks.includes(task)) task.fail(cause);
      return;
    }
    const share = (performance.now() - began) / round.length;
    for (const task of round) if (this.#tasks.includes(task)) task.roundEnded(share);
  }

  #work(run: () => void): void {
    this.#working = true;
    try {
      run();
    } finally {
      this.#working = false;
      for (const release of this.#deferred.splice(0)) release();
    }
  }

  /** The first task with work that this round has not served, from the one after the last to run. */
  #pick(): Task | undefined {
    for (let tried = 0; tried < this.#tasks.length; tried++) {
      const task = this.#tasks[(this.#next + tried) % this.#tasks.length];
      if (task?.hasWork && !this.#served.has(task)) return task;
    }
    return undefined;
  }
}
