/** Entry point of the worker that verifies a model for a page: the same check as `kyutai-stt verify`, one thread on the CPU. */
import { blobSource } from '../bytes/blob.js';
import { locateModel } from '../client/model-location.js';
import { openStore } from '../download/open-store.js';
import { whyNotHere } from '../engine/auto-backend.js';
import { SttError } from '../errors.js';
import { openModel } from '../model/open-model.js';
import type { Model } from '../model/model.js';
import { openModelFromUrl } from '../model/open-model-url.js';
import { judge } from './judge.js';
import { parseReference, referenceFor, type Reference } from './reference.js';
import { formatReport } from './report.js';
import { verifyModel, type VerifyOptions } from './verify-model.js';
import type { FromVerifier, ToVerifier, VerifyMessage } from './worker-messages.js';

const post = (message: FromVerifier, transfer: Transferable[] = []): void => postMessage(message, { transfer });

let received: ((samples: Float32Array) => void) | undefined;

globalThis.onmessage = ({ data }: MessageEvent<ToVerifier>) => {
  if (data.type === 'audio') received?.(data.samples);
  else verify(data).catch((cause: unknown) => post({ type: 'failed', error: SttError.from(cause, 'verify').toWire() }));
};

async function verify({ model: wanted, page, gpu, references: urls }: VerifyMessage): Promise<void> {
  const progress = (stage: string, done: number, total: number): void => post({ type: 'progress', stage, done, total });
  const references = await Promise.all(urls.map(readReference));
  const model =
    typeof wanted === 'string'
      ? await openModelFromUrl(locateModel(wanted, page), {
          store: await openStore(),
          onProgress: ({ loaded, total }) => progress('downloading', loaded, total),
        })
      : await openFiles(wanted);
  const reference = referenceFor(model, references);
  const samples = await audioOf(reference.audio, model.config.mimi.sampleRate);
  const backends: VerifyOptions['backends'] = gpu
    ? [{ name: 'wasm' }, { name: 'webgpu', whyNot: await whyNotHere('webgpu', true) }]
    : [{ name: 'wasm' }];
  const verification = await verifyModel(model, reference, samples, { backends, yieldToEventLoop, progress });
  const verdict = judge(verification, reference);
  const { userAgent, hardwareConcurrency } = navigator;
  const machine = `${hardwareConcurrency} processors, ${userAgent}`;
  post({ type: 'done', passed: verdict.passed, report: formatReport(verification, verdict, machine) });
}

/** Opens what the visitor chose. */
function openFiles(files: readonly File[]): Promise<Model> {
  // Shards count up in their names, whatever the order in which they were chosen.
  const [gguf, ...shards] = files
    .toSorted((a, b) => a.name.localeCompare(b.name, 'en'))
    .map((file) => blobSource(file.name, file));
  if (!gguf) throw new SttError('invalid-argument', 'found no file, expected a .gguf');
  return openModel({ gguf, shards });
}

/** With the URL of its recording in `audio`. */
async function readReference(url: string): Promise<Reference> {
  const response = await fetch(url);
  if (!response.ok) throw new SttError('network', `${url}: found status ${response.status}, expected 200`);
  const reference = parseReference(url, await response.text());
  return { ...reference, audio: new URL(reference.audio, url).href };
}

/** The page decodes the recording: workers have no AudioContext. [n] f32. */
function audioOf(url: string, sampleRate: number): Promise<Float32Array> {
  return new Promise((resolve) => {
    received = resolve;
    post({ type: 'audio', url, sampleRate });
  });
}

const yieldToEventLoop = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
