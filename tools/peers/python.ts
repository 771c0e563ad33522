/** Mimi's encoder in PyTorch: exported to ONNX once, and timed in a process that waits for its turn. */
import { execFileSync, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Contender } from './rounds.js';
import { describeWindow, type Window } from './windows.js';

const script = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Writes the model for windows of `frames` frames. Throws Python's error output if it has no PyTorch. */
export function exportMimi(python: string, out: string, frames: number): void {
  execFileSync(python, ['-B', '-W', 'ignore', script('export-mimi.py'), out, String(frames)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}

/** Resolves once PyTorch has loaded; rejects if it is missing. */
export async function torchContender(
  python: string,
  { frames, runs }: Window,
): Promise<{ contender: Contender; dispose: () => void }> {
  const child = spawn(python, ['-B', '-W', 'ignore', script('time-mimi.py'), String(frames), String(runs)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    // The libraries read these when they load, before the script can set the number of threads.
    env: { ...process.env, OMP_NUM_THREADS: '1', MKL_NUM_THREADS: '1' },
  });
  const failed = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('exit', (status) => reject(new Error(`${python} ended with ${status}`)));
  });
  failed.catch(() => undefined); // each wait below has its own share in it
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async (): Promise<string> => {
    const next = await Promise.race([lines.next(), failed]);
    if (next.done === true) throw new Error(`${python} fell silent`);
    return next.value;
  };
  const version = await line();
  let cpu = 0;
  return {
    contender: {
      name: `PyTorch ${version}, ${describeWindow(frames)}`,
      work: 'Mimi frame',
      place: 'native',
      side: 'theirs',
      units: frames * runs,
      turn: async () => {
        child.stdin.write('\n');
        const [used = NaN, ...wall] = (await line()).split(' ').map(Number);
        cpu = used;
        return wall;
      },
      cpuMs: () => Promise.resolve(cpu),
    },
    dispose: () => void child.kill(),
  };
}
