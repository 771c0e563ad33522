/** Turns between tasks: who runs next, who is forgotten, and that waking twice is waking once. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FrameQueue } from '../../../src/engine/frame-queue.js';
import { Schedule, type Task } from '../../../src/engine/schedule.js';

const yieldNow = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

class Job implements Task {
  readonly #name: string;
  readonly #order: string[];
  left: number;
  onRun: () => void = () => undefined;

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
}

async function idle(jobs: readonly Job[]): Promise<void> {
  while (jobs.some(({ hasWork }) => hasWork)) await yieldNow();
}

describe('Schedule', () => {
  it('gives every task one frame in turn', async () => {
    const order: string[] = [];
    const jobs = [new Job('a', 4, order), new Job('b', 2, order), new Job('c', 1, order)];
    const schedule = new Schedule(yieldNow);
    for (const job of jobs) schedule.add(job);
    schedule.wake();
    schedule.wake();
    await idle(jobs);
    assert.equal(order.join(''), 'abcabaa');
  });

  it('does not run a frame inside the call that wakes it', async () => {
    const order: string[] = [];
    const job = new Job('a', 1, order);
    const schedule = new Schedule(yieldNow);
    schedule.add(job);
    schedule.wake();
    assert.deepEqual(order, []);
    await idle([job]);
    assert.deepEqual(order, ['a']);
  });

  it('keeps the turn of the others when one leaves in the middle of its frame', async () => {
    const order: string[] = [];
    const [a, b, c] = [new Job('a', 9, order), new Job('b', 2, order), new Job('c', 2, order)];
    const schedule = new Schedule(yieldNow);
    for (const job of [a, b, c]) schedule.add(job);
    a.onRun = () => schedule.remove(a);
    schedule.wake();
    await idle([b, c]);
    assert.equal(order.join(''), 'abcbc');
  });

  it('starts again after it has run dry', async () => {
    const order: string[] = [];
    const job = new Job('a', 1, order);
    const schedule = new Schedule(yieldNow);
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
});

describe('FrameQueue', () => {
  it('hands frames out in the order they came, however many wait', () => {
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
