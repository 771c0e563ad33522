/** The scheduler's order of tasks and end of rounds, and the frame queue. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FrameQueue } from '../../../src/engine/frame-queue.js';
import { Scheduler, type Task } from '../../../src/engine/scheduler.js';

const yieldNow = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

class Job implements Task {
  readonly #name: string;
  readonly #order: string[];
  left: number;
  onRun: () => void = () => undefined;
  shares = 0;
  failure: unknown;

  constructor(name: string, frames: number, order: string[]) {
    this.#name = name;
    this.left = frames;
    this.#order = order;
  }
  get hasWork(): boolean {
    return this.left > 0;
  }
  runFrame(): void {
    this.left--;
    this.#order.push(this.#name);
    this.onRun();
  }
  roundEnded(ms: number): void {
    assert.ok(ms >= 0);
    this.shares++;
  }
  fail(cause: unknown): void {
    this.failure = cause;
    this.left = 0;
  }
}

/** Stages whose `encode` does nothing. */
const ending = (flush: () => void = () => undefined): ConstructorParameters<typeof Scheduler>[0] => ({
  encode: () => undefined,
  flush,
});

async function idle(jobs: readonly Job[]): Promise<void> {
  while (jobs.some(({ hasWork }) => hasWork)) await yieldNow();
}

describe('Scheduler', () => {
  it('runs one frame of every task in turn', async () => {
    const order: string[] = [];
    const jobs = [new Job('a', 4, order), new Job('b', 2, order), new Job('c', 1, order)];
    const schedule = new Scheduler(ending(), yieldNow);
    for (const job of jobs) schedule.add(job);
    schedule.wake();
    schedule.wake();
    await idle(jobs);
    assert.equal(order.join(''), 'abcabaa');
  });

  it('does not run a frame inside the call of wake', async () => {
    const order: string[] = [];
    const job = new Job('a', 1, order);
    const schedule = new Scheduler(ending(), yieldNow);
    schedule.add(job);
    schedule.wake();
    assert.deepEqual(order, []);
    await idle([job]);
    assert.deepEqual(order, ['a']);
  });

  it('keeps the order of the others when a task leaves during its frame', async () => {
    const order: string[] = [];
    const [a, b, c] = [new Job('a', 9, order), new Job('b', 2, order), new Job('c', 2, order)];
    const schedule = new Scheduler(ending(), yieldNow);
    for (const job of [a, b, c]) schedule.add(job);
    a.onRun = () => schedule.remove(a);
    schedule.wake();
    await idle([b, c]);
    assert.equal(order.join(''), 'abcbc');
  });

  it('starts again after a pause without work', async () => {
    const order: string[] = [];
    const job = new Job('a', 1, order);
    const schedule = new Scheduler(ending(), yieldNow);
    schedule.add(job);
    schedule.wake();
    await idle([job]);
    await yieldNow();
    await yieldNow();
    job.left = 1;
    schedule.wake();
    await idle([job]);
    assert.equal(order.join(''), 'aa');
  });

  describe('in rounds', () => {
    function jobs(...frames: readonly number[]): { order: string[]; all: Job[]; schedule: Scheduler } {
      const order: string[] = [];
      const all = frames.map((count, i) => new Job('abc'.charAt(i), count, order));
      const schedule = new Scheduler(
        ending(() => void order.push('|')),
        yieldNow,
      );
      for (const job of all) schedule.add(job);
      return { order, all, schedule };
    }

    it('ends a round once every task with work has run one frame', async () => {
      const { order, all, schedule } = jobs(3, 2, 1);
      schedule.wake();
      await idle(all);
      assert.equal(order.join(''), 'abc|ab|a|');
      assert.deepEqual(
        all.map(({ shares }) => shares),
        [3, 2, 1],
      );
    });

    it('ends the round of a single task without yielding first', async () => {
      const log: string[] = [];
      const job = new Job('a', 2, log);
      const schedule = new Scheduler(
        ending(() => void log.push('|')),
        () => {
          log.push('-');
          return yieldNow();
        },
      );
      schedule.add(job);
      schedule.wake();
      await idle([job]);
      assert.equal(log.join(''), '-a|-a|-');
    });

    it('encodes all queued frames before the flush, and yields in between if there are several tasks', async () => {
      const logs: string[] = [];
      for (const count of [1, 2]) {
        const log: string[] = [];
        const all = Array.from({ length: count }, () => new Job('a', 1, log));
        const stages = { encode: () => void log.push('e'), flush: () => void log.push('|') };
        const schedule = new Scheduler(stages, () => {
          log.push('-');
          return yieldNow();
        });
        for (const job of all) schedule.add(job);
        schedule.wake();
        await idle(all);
        while (!log.includes('|')) await yieldNow();
        await yieldNow();
        logs.push(log.join(''));
      }
      assert.deepEqual(logs, ['-ae|-', '-a-ae-|-']);
    });

    it('includes a task whose work arrives during the round', async () => {
      const { order, all, schedule } = jobs(1, 1, 0);
      const [a, , c] = all as [Job, Job, Job];
      a.onRun = () => (c.left = 1);
      schedule.wake();
      await idle(all);
      await yieldNow();
      assert.equal(order.join(''), 'abc|');
    });

    it('ends the round when the last task it waits for leaves', async () => {
      const { order, all, schedule } = jobs(1, 1);
      const [a, b] = all as [Job, Job];
      a.onRun = () =>
        setImmediate(() => {
          b.left = 0;
          schedule.remove(b);
        });
      schedule.wake();
      await idle(all);
      await yieldNow();
      await yieldNow();
      assert.equal(order.join(''), 'a|');
      assert.deepEqual([a.shares, b.shares], [1, 0]);
    });

    it('does not count a task that left during the round', async () => {
      const { order, all, schedule } = jobs(1, 1);
      const [a, b] = all as [Job, Job];
      b.onRun = () => schedule.remove(a);
      schedule.wake();
      await idle(all);
      assert.equal(order.join(''), 'ab|');
      assert.deepEqual([a.shares, b.shares], [0, 1]);
    });

    it('fails the tasks of a round whose flush throws, and continues with the next round', async () => {
      const order: string[] = [];
      const [a, b, c] = [new Job('a', 2, order), new Job('b', 2, order), new Job('c', 0, order)];
      const broken = new Error('the kernel trapped');
      let rounds = 0;
      const flush = (): void => {
        if (rounds++ === 0) throw broken;
      };
      const schedule = new Scheduler(ending(flush), yieldNow);
      for (const job of [a, b, c]) schedule.add(job);
      schedule.wake();
      await idle([a, b]);
      await yieldNow();
      c.left = 1;
      schedule.wake();
      await idle([c]);
      assert.deepEqual([a.failure, b.failure, c.failure], [broken, broken, undefined]);
      assert.equal(order.join(''), 'abc');
    });

    it('defers releases only while a frame or a flush is running', async () => {
      const log: string[] = [];
      const job = new Job('a', 1, []);
      const flush = (): void => {
        schedule.whenFree(() => log.push('freed after the flush'));
        log.push('flush');
      };
      const schedule = new Scheduler(ending(flush), yieldNow);
      job.onRun = () => {
        schedule.whenFree(() => log.push('freed after the frame'));
        log.push('frame');
      };
      schedule.add(job);
      schedule.whenFree(() => log.push('freed at once'));
      schedule.wake();
      await idle([job]);
      assert.deepEqual(log, ['freed at once', 'frame', 'freed after the frame', 'flush', 'freed after the flush']);
    });
  });
});

describe('FrameQueue', () => {
  it('returns frames in order, however many are queued', () => {
    const queue = new FrameQueue();
    let [pushed, shifted] = [0, 0];
    for (let round = 0; round < 200; round++) {
      for (let i = 0; i < (round % 7) + 1; i++) queue.push(Float32Array.of(pushed++));
      for (let i = 0; i < round % 5; i++) {
        const frame = queue.shift();
        if (frame) assert.equal(frame[0], shifted++);
      }
      assert.equal(queue.length, pushed - shifted);
    }
    while (queue.length > 0) assert.equal(queue.shift()?.[0], shifted++);
    assert.equal(shifted, pushed);
    assert.equal(queue.shift(), undefined);
  });
});
