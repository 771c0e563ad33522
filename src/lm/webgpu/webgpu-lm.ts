/** The language model on a GPU: one submit per step, the token stays there, results come back when they do. */
import { SttError } from '../../errors.js';
import type { LmConfig } from '../../model/config.js';
import type { Model } from '../../model/model.js';
import type { GpuMetrics } from '../../protocol/stream-events.js';
import type { LanguageModel, LmResult } from '../language-model.js';
import { Deferred } from '../deferred.js';
import { loadDeviceModel, type DeviceModel, type WebGpuLmOptions } from './device-model.js';
import { GpuMeter } from './meter.js';
import { WebGpuLmStream, type StreamHost } from './webgpu-stream.js';

export type { WebGpuLmOptions };

/** A `LanguageModel` that says what it runs on, and whose streams show what a trace wants to see. */
export interface WebGpuLanguageModel extends LanguageModel {
  readonly adapter: string;
  readonly isSoftware: boolean;
  /** Bytes of weights on the GPU. */
  readonly weightBytes: number;
  gpu: NonNullable<LanguageModel['gpu']>;
  open(sink: (result: LmResult) => void): WebGpuLmStream;
}

/** Devices lost one after another, none of which answered a step, before the model is given up. */
const MOST_LOSSES = 3;
/** Before each attempt: a GPU process that crashed has no adapter until it has started again. */
const PAUSES_MS = [0, 200, 800];

/**
 * Rejects with `unsupported`, `gpu-limit-too-small`, `gpu-failed` or `out-of-memory`. When the device is lost the model
 * moves to a new one: its weights are read again from `model`, and streams go on with what they were fed before.
 */
export async function loadWebGpuLm(model: Model, options: WebGpuLmOptions = {}): Promise<WebGpuLanguageModel> {
  const lm = new WebGpuLm(model, options);
  await lm.load();
  return lm;
}

class WebGpuLm implements WebGpuLanguageModel, StreamHost {
  readonly backend = 'webgpu';
  readonly name: string;
  readonly config: LmConfig;
  readonly #model: Model;
  readonly #options: WebGpuLmOptions;
  readonly #meter = new GpuMeter();
  readonly #streams = new Set<WebGpuLmStream>();
  readonly #lost = new Deferred<SttError>();
  /** The newest generation; while the next one loads it is that which was lost. */
  #generation: DeviceModel | undefined;
  #isLive = false;
  #isRecovering = false;
  #losses = 0;
  /** Why it was given up. */
  #failure: SttError | undefined;
  #isOpen = true;

  constructor(model: Model, options: WebGpuLmOptions) {
    this.name = model.name;
    this.config = model.config.lm;
    this.#model = model;
    this.#options = options;
  }

  async load(): Promise<void> {
    let answers = false;
    const generation = await loadDeviceModel(this.#model, this.#options, this.#meter, (error) => {
      // Before it is loaded, loading fails.
      if (answers && generation === this.#generation) this.#lose(error);
    });
    answers = true;
    if (!this.#isOpen) {
      generation.close();
      return;
    }
    this.#generation = generation;
    this.#isLive = true;
    void generation.gpu.lost.then((error) => {
      if (generation === this.#generation) this.#lose(error);
    });
    for (const stream of this.#streams) if (!stream.hasFailed) stream.attach(generation.seat());
    generation.flush();
  }

  get adapter(): string {
    return this.#loaded().gpu.adapter;
  }

  get isSoftware(): boolean {
    return this.#loaded().gpu.isSoftware;
  }

  get weightBytes(): number {
    return this.#loaded().weightBytes;
  }

  /** Resolves when no device keeps. */
  get lost(): Promise<SttError> {
    return this.#lost.promise;
  }

  gpu(): GpuMetrics {
    const { variant, dispatches, bytesPerStep } = this.#loaded();
    const { plan = 'fused' } = this.#options;
    const { adapter, isSoftware } = this;
    return this.#meter.report({ adapter, isSoftware, plan, variant, dispatches, bytesPerStep });
  }

  open(sink: (result: LmResult) => void): WebGpuLmStream {
    if (!this.#isOpen) throw new SttError('invalid-state', `${this.name}: a stream was opened after dispose()`);
    const stream = new WebGpuLmStream(this, sink);
    this.#streams.add(stream);
    if (this.#failure) stream.fail(this.#failure);
    if (this.#isLive) stream.attach(this.#loaded().seat());
    return stream;
  }

  flush(): void {
    if (this.#isLive) this.#loaded().flush();
  }

  worked(): void {
    this.#losses = 0;
  }

  astray(error: SttError): void {
    this.#lose(error);
  }

  closed(stream: WebGpuLmStream): void {
    this.#streams.delete(stream);
  }

  dispose(): void {
    this.#isOpen = false;
    this.#isLive = false;
    for (const stream of this.#streams) stream.close();
    this.#generation?.close();
  }

  #loaded(): DeviceModel {
    if (!this.#generation) throw new SttError('invalid-state', `${this.name}: is not loaded`);
    return this.#generation;
  }

  /** Moves to a new device. Streams keep what is pushed meanwhile. */
  #lose(error: SttError): void {
    if (!this.#isOpen || !this.#isLive) return;
    this.#isLive = false;
    this.#generation?.close();
    // A device may be lost in the moment between its load and the end of the recovery that loaded it.
    if (!this.#isRecovering) void this.#recover(error);
  }

  async #recover(error: SttError): Promise<void> {
    this.#isRecovering = true;
    let reason = error;
    while (this.#isOpen && !this.#isLive) {
      if (++this.#losses > MOST_LOSSES) {
        this.#giveUp(reason);
        break;
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSES_MS[this.#losses - 1]));
      try {
        await this.load();
      } catch (cause) {
        const { message } = SttError.from(cause, this.name, 'gpu-device-lost');
        reason = new SttError('gpu-device-lost', `nothing takes the place of the lost device: ${message}`, { cause });
      }
    }
    this.#isRecovering = false;
  }

  #giveUp(error: SttError): void {
    if (!this.#isOpen) return;
    this.#failure = error;
    for (const stream of this.#streams) stream.fail(error);
    this.#lost.resolve(error);
  }
}
