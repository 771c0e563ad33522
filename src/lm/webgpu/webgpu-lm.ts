/** The language model on a GPU: one submit per step; tokens stay on the GPU, and results arrive asynchronously. */
import { SttError } from '../../errors.js';
import type { LmConfig } from '../../model/config.js';
import type { Model } from '../../model/model.js';
import type { GpuMetrics } from '../../protocol/stream-events.js';
import { Deferred } from '../deferred.js';
import type { LanguageModel, LmResult } from '../language-model.js';
import { loadDeviceModel, type DeviceModel, type WebGpuLmOptions } from './device-model.js';
import { GpuMeter } from './meter.js';
import { WebGpuLmStream, type StreamHost } from './webgpu-stream.js';

export type { WebGpuLmOptions };

/** A `LanguageModel` that describes its GPU and whose streams expose what a trace records. */
export interface WebGpuLanguageModel extends LanguageModel {
  readonly adapter: string;
  readonly isSoftware: boolean;
  /** Bytes of weights on the GPU. */
  readonly weightBytes: number;
  gpu: NonNullable<LanguageModel['gpu']>;
  open(sink: (result: LmResult) => void): WebGpuLmStream;
}

/** The model fails after this many lost devices in a row that completed no step. */
const MAX_LOSSES = 3;
/** Delays before each new device: a crashed GPU process has no adapter until it has restarted. */
const DELAYS_MS = [0, 200, 800];

/**
 * Rejects with `unsupported`, `gpu-limit-too-small`, `gpu-failed` or `out-of-memory`. When the device is lost, the model
 * moves to a new one: it reads its weights from `model` again, and streams replay their last steps and continue.
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
  /** The newest device model; the lost one while its replacement loads. */
  #deviceModel: DeviceModel | undefined;
  #isLive = false;
  #isRecovering = false;
  /** Devices lost since the last completed step. */
  #losses = 0;
  /** Why recovery was abandoned. */
  #failure: SttError | undefined;
  #isOpen = true;

  constructor(model: Model, options: WebGpuLmOptions) {
    this.name = model.name;
    this.config = model.config.lm;
    this.#model = model;
    this.#options = options;
  }

  async load(): Promise<void> {
    let isLoaded = false;
    const loaded = await loadDeviceModel(this.#model, this.#options, this.#meter, (error) => {
      // A device that breaks while it loads makes the load fail instead.
      if (isLoaded && loaded === this.#deviceModel) this.#replaceDevice(error);
    });
    isLoaded = true;
    if (!this.#isOpen) {
      loaded.close();
      return;
    }
    this.#deviceModel = loaded;
    this.#isLive = true;
    void loaded.gpu.lost.then((error) => {
      if (loaded === this.#deviceModel) this.#replaceDevice(error);
    });
    for (const stream of this.#streams) if (!stream.hasFailed) stream.attach(loaded.freeBatch());
    loaded.flush();
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

  /** Resolves when recovery is abandoned. */
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
    if (this.#isLive) stream.attach(this.#loaded().freeBatch());
    return stream;
  }

  flush(): void {
    if (this.#isLive) this.#loaded().flush();
  }

  stepCompleted(): void {
    this.#losses = 0;
  }

  stepSkipped(error: SttError): void {
    this.#replaceDevice(error);
  }

  streamClosed(stream: WebGpuLmStream): void {
    this.#streams.delete(stream);
  }

  dispose(): void {
    this.#isOpen = false;
    this.#isLive = false;
    for (const stream of this.#streams) stream.close();
    this.#deviceModel?.close();
  }

  #loaded(): DeviceModel {
    if (!this.#deviceModel) throw new SttError('invalid-state', `${this.name}: the model is not loaded`);
    return this.#deviceModel;
  }

  /** Moves to a new device. Streams queue what is pushed meanwhile. */
  #replaceDevice(error: SttError): void {
    if (!this.#isOpen || !this.#isLive) return;
    this.#isLive = false;
    this.#deviceModel?.close();
    // A device can be lost between its load and the end of the recovery that loaded it.
    if (!this.#isRecovering) void this.#recover(error);
  }

  async #recover(error: SttError): Promise<void> {
    this.#isRecovering = true;
    let reason = error;
    while (this.#isOpen && !this.#isLive) {
      if (++this.#losses > MAX_LOSSES) {
        this.#fail(reason);
        break;
      }
      await new Promise((resolve) => setTimeout(resolve, DELAYS_MS[this.#losses - 1]));
      try {
        await this.load();
      } catch (cause) {
        const { message } = SttError.from(cause, this.name, 'gpu-device-lost');
        reason = new SttError('gpu-device-lost', `the lost device could not be replaced: ${message}`, { cause });
      }
    }
    this.#isRecovering = false;
  }

  #fail(error: SttError): void {
    if (!this.#isOpen) return;
    this.#failure = error;
    for (const stream of this.#streams) stream.fail(error);
    this.#lost.resolve(error);
  }
}
