/** Shares one thread fairly between sessions: one frame each, round robin, and the event loop in between. */

/** Something with frames to run, one at a time. */
export interface Task {
  /** Whether `runFrame` has work now. */
  readonly hasWork: boolean;
  /** Runs one frame. Must not throw: a task's failure is its own affair. */
  runFrame(): void;
}

/** Lets the host's pending messages in, then resolves. */
export type YieldToEventLoop = () => Promise<void>;

/** The default: a timer is the one way to the event loop every host has. Workers inject a quicker one. */
export const yieldByTimer: YieldToEventLoop = () => new Promise((resolve) => setTimeout(resolve, 0));

export class Schedule {
  readonly #tasks: Task[] = [];
  readonly #yield: YieldToEventLoop;
  #next = 0;
  #running = false;

  constructor(yieldToEventLoop: YieldToEventLoop = yieldByTimer) {
    this.#yield = yieldToEventLoop;
  }

  add(task: Task): void {
    this.#tasks.push(task);
  }

  /** Forgets a task; its pending work is not run. Safe while it runs. */
  remove(task: Task): void {
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

  async #loop(): Promise<void> {
    try {
      // Yielding first keeps `push` from running a frame inside the caller's own call.
      await this.#yield();
      for (let task = this.#pick(); task; task = this.#pick()) {
        task.runFrame();
        await this.#yield();
      }
    } finally {
      this.#running = false;
    }
  }

  /** The first task with work, from the one after the last to run. */
  #pick(): Task | undefined {
    for (let tried = 0; tried < this.#tasks.length; tried++) {
      const index = (this.#next + tried) % this.#tasks.length;
      const task = this.#tasks[index];
      if (!task?.hasWork) continue;
      this.#next = index + 1;
      return task;
    }
    return undefined;
  }
}
