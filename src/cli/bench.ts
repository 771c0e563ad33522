/** `kyutai-stt bench`: what a model costs on this machine, through the engine as the product runs it. */
import os from 'node:os';
import { parseArgs } from 'node:util';
import { SttError } from '../errors.js';
import { measure } from './bench/measure.js';
import { printed, type Machine } from './bench/report.js';
import { syllables } from './bench/sound.js';
import { oneOf } from './one-of.js';
import { readAudio } from './read-audio.js';
import { enableRelaxedSimd } from './relaxed-simd.js';
import { nodeHelpers, threadCount } from './threads.js';

const USAGE = `Usage: kyutai-stt bench MODEL [--audio FILE] [--frames 200] [--build simd|relaxed] [--threads 1] [--json]

Measures a model on this machine's CPU: the codec, the language model at an empty and at a full window, the whole path of
a frame, two sessions at once, loading and memory. It runs as many frames as the window is long before it counts the first.

  --audio   sound to run on, repeated as often as it takes (default: hum and hiss; the times do not depend on it)
  --frames  how many are counted at a full window (default 200)
  --build   which WASM build (default: the best this machine runs)
  --threads that share the work (default 1, which is what most pages have)
  --json    everything measured, as JSON
`;

/** Seconds of sound, where none is given, before it repeats. */
const SOUND_SECONDS = 10;

/** `argv` without node, script and subcommand. Resolves with the exit code; throws an SttError or parseArgs' own. */
export async function benchCommand(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      audio: { type: 'string' },
      frames: { type: 'string', default: '200' },
      build: { type: 'string' },
      threads: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const [model, ...rest] = positionals;
  if (model === undefined || rest.length > 0)
    throw new SttError('invalid-argument', `bench takes one model, was given ${positionals.length}`);
  const { audio } = values;
  const frames = frameCount(values.frames);
  const build = values.build === undefined ? undefined : oneOf('--build', values.build, ['simd', 'relaxed'] as const);
  const threads = threadCount(values.threads);
  if (build !== 'simd') enableRelaxedSimd();
  const result = await measure({
    model,
    frames,
    build,
    helpers: nodeHelpers(threads),
    sound: async (rate) => (audio === undefined ? syllables(SOUND_SECONDS, rate) : readAudio(audio, rate)),
    progress: tellProgress(process.stderr),
  });
  const machine = describeMachine();
  process.stdout.write(
    values.json
      ? `${JSON.stringify({ ...result, machine, audio: audio ?? null }, null, 2)}\n`
      : printed(result, machine),
  );
  return 0;
}

function frameCount(value: string): number {
  const frames = Number(value);
  if (/^\d+$/.test(value) && frames >= 1 && frames <= 1_000_000) return frames;
  throw new SttError('invalid-argument', `--frames is ${value}, expected a whole number from 1 to 1000000`);
}

/** One line that moves on a terminal, a line for each quarter elsewhere. */
function tellProgress(to: NodeJS.WriteStream): (done: number, total: number) => void {
  let quarter = 0;
  return (done, total) => {
    if (to.isTTY) to.write(`\rframe ${done} of ${total}${done === total ? '\n' : ''}`);
    else if (Math.floor((4 * done) / total) > quarter) {
      quarter = Math.floor((4 * done) / total);
      to.write(`frame ${done} of ${total}\n`);
    }
  };
}

function describeMachine(): Machine {
  return {
    cpu: os.cpus()[0]?.model.trim() ?? 'unknown processor',
    cores: os.availableParallelism(),
    system: `${os.type()} ${os.arch()}`,
    node: process.versions.node,
  };
}
