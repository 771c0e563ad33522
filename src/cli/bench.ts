/** `kyutai-stt bench`: measures a model's speed and memory on this machine, with the engine that the package ships. */
import os from 'node:os';
import { parseArgs } from 'node:util';
import { SttError } from '../errors.js';
import { measure } from './bench/measure.js';
import { printed, type Machine } from './bench/report.js';
import { syllables } from './bench/test-audio.js';
import { readAudio } from './read-audio.js';
import { print } from './standard-output.js';
import { nodeHelpers, threadCount } from './threads.js';
import { buildOption, enableBuild } from './wasm-build.js';
import { wholeNumber } from './whole-number.js';

const USAGE = `Usage: kyutai-stt bench MODEL [--audio FILE] [--frames 200] [--build simd|relaxed] [--threads 1] [--json]

Measures a model on this machine's CPU: the codec, the language model at an empty and at a full window, the whole path of
a frame, two sessions at once, loading and memory. It first runs as many frames as the window has, without counting them.

  --audio    recording to run on, repeated as needed (default: hum and noise; the times do not depend on it)
  --frames   number of frames measured at a full window (default 200)
  --build    WASM build (default: the fastest that this machine runs)
  --threads  number of threads (default 1, as on most pages)
  --json     prints all results as JSON
`;

/** Length of the default audio before it repeats. */
const AUDIO_SECONDS = 10;

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
    await print(USAGE);
    return 0;
  }
  const [model, ...rest] = positionals;
  if (model === undefined || rest.length > 0)
    throw new SttError('invalid-argument', `bench: found ${positionals.length} models, expected 1`);
  const { audio } = values;
  const frames = wholeNumber('--frames', values.frames, 1, 1_000_000);
  const build = buildOption(values.build);
  const threads = threadCount(values.threads);
  enableBuild(build);
  const result = await measure({
    model,
    frames,
    build,
    helpers: nodeHelpers(threads),
    audio: async (rate) => (audio === undefined ? syllables(AUDIO_SECONDS, rate) : readAudio(audio, rate)),
    progress: printProgress(process.stderr),
  });
  const machine = describeMachine();
  await print(
    values.json
      ? `${JSON.stringify({ ...result, machine, audio: audio ?? null }, null, 2)}\n`
      : printed(result, machine),
  );
  return 0;
}

/** One updated line on a terminal, one line per quarter elsewhere. */
function printProgress(to: NodeJS.WriteStream): (done: number, total: number) => void {
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
