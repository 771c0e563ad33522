/** Starts a PulseAudio server for one run of tests, with a null output and a microphone that plays a clip. Linux only. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { startService } from './service.mjs';

/**
 * Two microphones, so that a test can remove one: `mic` plays the clip, `spare` is silent. Browsers do not list monitors, so
 * each is remapped to a source. A null sink with rewinds renders two seconds at a time; without them it renders 50 ms, like a
 * sound card. With two seconds, Firefox started late and lost the first words of a clip.
 */
const MODULES = [
  'module-native-protocol-unix auth-anonymous=1',
  'module-null-sink sink_name=speaker rate=48000 norewinds=1',
  'module-null-sink sink_name=mic_input rate=48000 norewinds=1',
  'module-remap-source master=mic_input.monitor source_name=mic source_properties=device.description=Clip',
  'module-null-sink sink_name=spare_input rate=48000 norewinds=1',
  'module-remap-source master=spare_input.monitor source_name=spare source_properties=device.description=Spare',
];
const RECORDING = /^Event '(new|remove)' on source-output #(\d+)/;

/**
 * Starts PulseAudio in a new directory, so that it does not meet a running one. Without an output device Firefox's
 * AudioContext never runs.
 * @param {{ clip?: string }} [options] `clip`: absolute path of a WAV, which plays once whenever a recording starts
 * @returns {Promise<{ env: Record<string, string>, stop: () => Promise<void> }>} `env`: environment variables for the browser
 */
export async function startSound({ clip } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'sound-'));
  const env = {
    XDG_RUNTIME_DIR: folder,
    PULSE_SERVER: `unix:${folder}/pulse/native`,
    PULSE_RUNTIME_PATH: join(folder, 'pulse'),
    PULSE_STATE_PATH: join(folder, 'state'),
    PULSE_COOKIE: join(folder, 'cookie'),
  };
  const options = { env: { ...process.env, ...env }, stdio: 'ignore' };
  const run = (command, args, stdio = 'ignore') => spawn(command, args, { ...options, stdio });
  const loads = MODULES.flatMap((module) => ['-L', module]);
  const server = startService('pulseaudio', ['-n', '--daemonize=no', '--exit-idle-time=-1', ...loads], options);
  await ready(server, join(folder, 'pulse', 'native'));
  for (const args of [
    ['set-default-sink', 'speaker'],
    ['set-default-source', 'mic'],
  ]) {
    const [status] = await once(run('pactl', args), 'exit');
    if (status !== 0) throw new Error(`pactl ${args.join(' ')} failed with status ${status}`);
  }
  const watcher = clip === undefined ? undefined : playOnRecording(clip, run);
  return {
    env,
    async stop() {
      watcher?.stop();
      await server.stop();
      await rm(folder, { recursive: true });
    },
  };
}

async function ready({ failed }, socket) {
  for (let tries = 0; !existsSync(socket); tries++) {
    if (tries === 200) throw new Error('pulseaudio did not listen within 20 s');
    await Promise.race([wait(100), failed]);
  }
}

/**
 * Plays the clip from its beginning when a recording starts, as Chromium's fake microphone does. A second recording joins in
 * the middle, as with a real microphone: WebKit opens a device twice.
 */
function playOnRecording(clip, run) {
  const recordings = new Set();
  let player;
  const events = run('pactl', ['subscribe'], ['ignore', 'pipe', 'inherit']);
  createInterface({ input: events.stdout }).on('line', (line) => {
    const [, what, id] = RECORDING.exec(line) ?? [];
    if (what === 'remove' && recordings.delete(id) && recordings.size === 0) player?.kill();
    if (what === 'new' && recordings.add(id).size === 1)
      player = run('paplay', ['--device=mic_input', '--latency-msec=200', clip]);
  });
  return {
    stop() {
      player?.kill();
      events.kill();
    },
  };
}
