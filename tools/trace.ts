/** `npm run trace`: writes what each stage computes for a recording, as JSON for comparison with another implementation. */
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { fileBytes } from '../src/cli/audio/audio-bytes.js';
import { decodeBlocks } from '../src/cli/audio/decode-blocks.js';
import { collect } from '../src/cli/read-audio.js';
import { openModelFromPath } from '../src/cli/open-model-from-path.js';
import { enableRelaxedSimd } from '../src/cli/relaxed-simd.js';
import { SttError } from '../src/errors.js';
import { loadWasmLm } from '../src/lm/wasm/wasm-lm.js';
import { loadMimi } from '../src/mimi/mimi-wasm.js';
import type { LmConfig } from '../src/model/config.js';
import type { Model } from '../src/model/model.js';
import { createWasmHost, type WasmHost } from '../src/wasm/host.js';
import type { WebGpuLmOptions } from '../src/lm/webgpu/webgpu-lm.js';
import { traceWebGpu } from './trace-webgpu.js';

const USAGE = `npm run trace -- --model DIR|GGUF --audio WAV --out OUT.json
  --codes CODES.json         feed the language model these codes [T][K] instead of the codec's
  --stage mimi|lm|all        default all; lm needs --codes
  --backend wasm|webgpu      the language model's, default wasm; webgpu runs in a headless Chromium
  --build simd|relaxed       default: the best this machine runs
  --exact                    wasm: decode every weight to f32 and keep activations in f32; webgpu: keep keys and values in f32
  --plan fused|unfused       webgpu: five dispatches a layer (default), or one per operation
  --variant NAME             webgpu: baseline, or subgroups, f16, dot8 joined by +; default: the tuner's choice
  --pad-frames N             frames of silence after the recording (default: the text delay, rounded up)
  --mimi FILE --tokenizer FILE --mimi-config FILE
                             for a third-party GGUF of the language model only, if its folder lacks them
webgpu runs on SwiftShader, or on this machine's GPU with KYUTAI_STT_GPU=hardware in the environment. CHROMIUM_PATH
selects another Chromium.`;

interface Trace {
  codes?: number[][];
  latent?: number[][];
  lag_text?: number[];
  lag_logits?: number[][];
  lag_vad?: number[][][];
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      model: { type: 'string' },
      audio: { type: 'string' },
      out: { type: 'string' },
      codes: { type: 'string' },
      stage: { type: 'string', default: 'all' },
      backend: { type: 'string', default: 'wasm' },
      build: { type: 'string' },
      exact: { type: 'boolean', default: false },
      plan: { type: 'string', default: 'fused' },
      variant: { type: 'string' },
      'pad-frames': { type: 'string' },
      mimi: { type: 'string' },
      tokenizer: { type: 'string' },
      'mimi-config': { type: 'string' },
    },
  });
  const { stage, backend, build, plan, variant } = values;
  if (!values.model || !values.out || !['mimi', 'lm', 'all'].includes(stage))
    throw new SttError('invalid-argument', USAGE);
  if (backend !== 'wasm' && backend !== 'webgpu')
    throw new SttError('invalid-argument', `--backend ${backend}: expected wasm or webgpu`);
  if (build !== undefined && build !== 'simd' && build !== 'relaxed')
    throw new SttError('invalid-argument', `--build ${build}: expected simd or relaxed`);
  if (plan !== 'fused' && plan !== 'unfused')
    throw new SttError('invalid-argument', `--plan ${plan}: expected fused or unfused`);
  enableRelaxedSimd();
  const host = await createWasmHost({ build: build });
  const { mimi, tokenizer, 'mimi-config': mimiConfig } = values;
  const model = await openModelFromPath(values.model, { mimi, tokenizer, mimiConfig });
  const trace: Trace = {};
  let codes = values.codes ? await readCodes(values.codes, model.config.lm) : undefined;
  if (stage !== 'lm') {
    if (!values.audio) throw new SttError('invalid-argument', '--audio is missing');
    const { audioDelaySeconds } = model.config.lm;
    const pad = values['pad-frames'] ?? Math.ceil(audioDelaySeconds * model.config.mimi.frameRate);
    Object.assign(trace, await traceMimi(host, model, await readSamples(values.audio, model), count(pad)));
    codes ??= trace.codes;
  }
  if (stage !== 'mimi') {
    if (!codes) throw new SttError('invalid-argument', '--stage lm needs --codes');
    const options: WebGpuLmOptions = { plan, ring: values.exact ? 'f32' : 'f16', ...(variant && { variant }) };
    Object.assign(
      trace,
      await (backend === 'webgpu' ? traceGpu(model, codes, options) : traceLm(host, model, codes, values.exact)),
    );
  }
  await writeFile(values.out, JSON.stringify(trace));
  console.log(`${values.out}: ${Object.keys(trace).join(', ')} (${host.build})`);
}

function count(pad: string | number): number {
  const frames = Number(pad);
  if (Number.isInteger(frames) && frames >= 0) return frames;
  throw new SttError('invalid-argument', `--pad-frames ${pad}: expected a whole number, 0 or more`);
}

/** [T][K] codes, bare or under the key `codes`; each 0 … card − 1. */
async function readCodes(path: string, { nQ, card }: LmConfig): Promise<number[][]> {
  const json: unknown = await read(path).then((bytes) => {
    try {
      return JSON.parse(bytes.toString()) as unknown;
    } catch (cause) {
      throw SttError.from(cause, `${path}: not JSON`, 'invalid-argument');
    }
  });
  const codes: unknown = Array.isArray(json) ? json : (json as { codes?: unknown } | null)?.codes;
  const isCode = (code: unknown): boolean => Number.isInteger(code) && Number(code) >= 0 && Number(code) < card;
  const isFrame = (row: unknown): boolean => Array.isArray(row) && row.length === nQ && row.every(isCode);
  if (!Array.isArray(codes)) throw new SttError('invalid-argument', `${path}: expected [T][${nQ}] codes`);
  const bad = codes.findIndex((row) => !isFrame(row));
  if (bad < 0) return codes as number[][];
  throw new SttError(
    'invalid-argument',
    `${path}: frame ${bad} is ${JSON.stringify(codes[bad])}, expected ${nQ} codes from 0 to ${card - 1}`,
  );
}

function read(path: string): Promise<Buffer> {
  return readFile(path).catch((cause: unknown) => {
    throw SttError.from(cause, `${path} cannot be read`, 'invalid-argument');
  });
}

/** The file's samples, 24 kHz mono, unchanged. */
function readSamples(path: string, model: Model): Promise<Float32Array> {
  return collect(unchanged(path, model.config.mimi.sampleRate));
}

async function* unchanged(path: string, expected: number): AsyncGenerator<Float32Array> {
  for await (const { channels, sampleRate } of decodeBlocks(await fileBytes(path))) {
    const [mono, ...others] = channels;
    if (sampleRate !== expected) {
      throw new SttError('audio-invalid', `${path}: ${sampleRate} Hz, expected ${expected} Hz`);
    }
    if (!mono || others.length > 0) {
      throw new SttError('audio-invalid', `${path}: ${channels.length} channels, expected 1`);
    }
    yield mono;
  }
}

async function traceMimi(host: WasmHost, model: Model, samples: Float32Array, pad: number): Promise<Trace> {
  const mimi = await loadMimi(host, model);
  const stream = mimi.open();
  const frames = Math.ceil(samples.length / mimi.frameSize) + pad;
  const frame = new Float32Array(mimi.frameSize);
  const codes: number[][] = [];
  const latent: number[][] = [];
  for (let t = 0; t < frames; t++) {
    frame.fill(0);
    frame.set(samples.subarray(t * frame.length, (t + 1) * frame.length));
    codes.push(Array.from(stream.encode(frame)));
    latent.push(Array.from(stream.latent));
  }
  stream.close();
  return { codes, latent };
}

async function traceGpu(model: Model, codes: number[][], options: WebGpuLmOptions): Promise<Trace> {
  const { pauseHeads, pauseClasses } = model.config.lm;
  const { metrics, tokens, logits, pause } = await traceWebGpu(model, codes, options);
  console.log(`${metrics.adapter}: ${metrics.plan} plan, ${metrics.dispatches} dispatches a step; ${metrics.variant}`);
  const trace: Trace = { lag_text: tokens, lag_logits: logits };
  if (pauseHeads > 0) trace.lag_vad = pause.map((row) => byHead(row, pauseHeads, pauseClasses));
  return trace;
}

/** [heads · classes] → [heads][classes]. */
function byHead(row: number[], heads: number, classes: number): number[][] {
  return Array.from({ length: heads }, (_, i) => row.slice(i * classes, (i + 1) * classes));
}

async function traceLm(host: WasmHost, model: Model, codes: number[][], exact: boolean): Promise<Trace> {
  const lm = await loadWasmLm(host, model, { exact });
  const { pauseHeads, pauseClasses } = lm.config;
  const trace = { lag_text: [] as number[], lag_logits: [] as number[][], lag_vad: [] as number[][][] };
  const stream = lm.open(({ token }) => trace.lag_text.push(token));
  for (const frame of [null, ...codes]) {
    stream.push(frame && Uint32Array.from(frame));
    lm.flush();
    trace.lag_logits.push(Array.from(stream.logits));
    trace.lag_vad.push(byHead(Array.from(stream.pauseClasses), pauseHeads, pauseClasses));
  }
  stream.close();
  const { lag_vad, ...rest } = trace;
  return pauseHeads > 0 ? { ...rest, lag_vad } : rest;
}

try {
  await main();
} catch (error) {
  const isMisuse = error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
  if (!(error instanceof SttError) && !isMisuse) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
