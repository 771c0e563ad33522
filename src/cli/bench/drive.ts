/** Feeds frames to sessions of one engine as fast as they consume them. */
import type { Engine } from '../../engine/engine.js';
import { SttError } from '../../errors.js';

/** Frames pushed ahead: enough that the engine never waits, and no more. */
const AHEAD = 2;

/**
 * Milliseconds between consumed frames, `count` of them; the first counts from its push. Several sessions get the same
 * audio; a frame counts as consumed once all of them have consumed it.
 * @param samples [n] f32, repeated
 */
export async function drive(
  engine: Engine,
  samples: Float32Array,
  sessions: number,
  count: number,
  progress: (done: number) => void,
): Promise<number[]> {
  const took: number[] = [];
  const waiting = new Array<number>(count).fill(sessions);
  let last = performance.now();
  let finish = (): void => undefined;
  let fail: (error: SttError) => void = () => undefined;
  const finished = new Promise<void>((resolve, reject) => {
    finish = resolve;
    fail = reject;
  });
  const consumed = (frame: number): void => {
    const left = (waiting[frame] ?? 0) - 1;
    waiting[frame] = left;
    if (left > 0) return;
    const now = performance.now();
    took.push(now - last);
    last = now;
    progress(took.length);
    if (took.length === count) finish();
  };
  const driven = Array.from({ length: sessions }, () => {
    let pushed = 0;
    const push = (): void => {
      if (pushed < count) session.push(frameAt(samples, pushed++, engine.frameSize));
    };
    const session = engine.open((event) => {
      if (event.type === 'error') fail(SttError.fromWire(event.error));
      if (event.type !== 'consumed') return;
      consumed(event.index);
      push();
    });
    return { session, push };
  });
  try {
    for (let i = 0; i < AHEAD; i++) for (const { push } of driven) push();
    await finished;
  } finally {
    for (const { session } of driven) session.abort();
  }
  return took;
}

/** Frame `index` of the repeated audio. */
function frameAt(samples: Float32Array, index: number, frameSize: number): Float32Array {
  const frame = new Float32Array(frameSize);
  for (let i = 0; i < frameSize; i++) frame[i] = samples[(index * frameSize + i) % samples.length] ?? 0;
  return frame;
}
