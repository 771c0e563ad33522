/**
 * Shares one thread fairly between sessions, in rounds: one frame each, the event loop in between, and at the end what
 * they have queued, all at once for the codec and then for the language model.
 */

/** Something with frames to run, one at a time. */
export interface Task {
  /** Whether `runFrame` has work now. */
  readonly hasWork: boolean;
  /** Runs one frame. Must not throw: a task's failure is its own affair. */
  runFrame(): void;
  /** The round in which it ran a frame is over. `ms` of wall clock: its share in what ended it. Must not throw. */
  roundEnded(ms: number): void;
  /** The round could not be ended, because of `cause`. Must not throw. */
  fail(cause: unknown): void;
}

/** Lets the host's pending messages in, then resolves. */
export type YieldToEventLoop = () => Promise<void>;

/** The default: a timer is the one way to the event loop every host has. Workers inject a quicker one. */
export const yieldByTimer: YieldToEventLoop = () => new Promise((resolve) => setTimeout(resolve, 0));

export class Scheduler {
  readonly #tasks: Task[] = [];
  readonly #encode: () => void;
  readonly #flush: () => void;
  readonly #yield: YieldToEventLoop;
  /** Those that had their frame in this round. */
  readonly #served = new Set<Task>();
  readonly #putOff: (() => void)[] = [];
  #next = 0;
  #running = false;
  #working = false;

  /** @param stages what ends a round: `encode` runs what its tasks' frames have queued, `flush` what came of that */
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

  /** Forgets a task; its pending work is not run. Safe while it runs. */
  remove(task: Task): void {
    this.#served.delete(task);
    const index = this.#tasks.indexOf(task);
    if (index < 0) return;
    this.#tasks.splice(index, 1);
    // Whoever was next stays next.
    if (index < this.#next) this.#next--;
  }

  /** A task has work: starts the loop unless it turns already. */
  wake(): void {
    if (this.#running) return;
    this.#running = true;
    void this.#loop();
  }

  /** Calls `release` once no frame and no flush is under way, which may be now: what they work on must outlive them. */
  whenFree(release: () => void): void {
    if (this.#working) this.#putOff.push(release);
    else release();
  }

  async #loop(): Promise<void> {
    try {
      // Yielding first keeps `push` from running a frame inside the caller's own call.
      await this.#yield();
      for (;;) {
        // Those the round waited for may have left meanwhile; then it ends here.
        if (this.#served.size > 0 && !this.#pick()) await this.#endRound();
        // Nothing is awaited between the last look for work and the end: a `wake` in between would be lost.
        const task = this.#pick();
        if (!task) break;
        this.#serve(task);
        // Who is alone waits for nobody.
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
      // A round of several takes long enough for messages to wait.
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
      for (const release of this.#putOff.splice(0)) release();
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
