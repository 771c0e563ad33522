/** One stream of the codec in WASM: its state, its position, its last codes. */
import { SttError } from '../errors.js';
import type { Arena } from '../wasm/arena.js';
import type { MimiStream } from './mimi.js';

export class WasmMimiStream implements MimiStream {
  readonly codes: Uint32Array<ArrayBuffer>;
  readonly latent: Float32Array<ArrayBuffer>;
  /** Address of its state. */
  readonly state: number;
  /** 25 Hz steps encoded so far. */
  position = 0;
  readonly #arena: Arena;
  readonly #bytes: number;
  readonly #encode: (stream: readonly [MimiStream], frame: readonly [Float32Array]) => void;
  readonly #alone: [MimiStream] = [this];
  readonly #frame: [Float32Array] = [new Float32Array(0)];
  #isOpen = true;

  /** `encode` is the codec's `encodeBatch`. */
  constructor(
    arena: Arena,
    bytes: number,
    nQ: number,
    dimension: number,
    encode: (streams: readonly MimiStream[], frames: readonly Float32Array[]) => void,
  ) {
    this.#arena = arena;
    this.#bytes = bytes;
    this.#encode = encode;
    this.state = arena.alloc(bytes, 'mimi stream');
    this.codes = new Uint32Array(nQ);
    this.latent = new Float32Array(dimension);
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  encode(pcm: Float32Array): Uint32Array {
    this.#frame[0] = pcm;
    this.#encode(this.#alone, this.#frame);
    return this.codes;
  }

  reset(): void {
    if (!this.#isOpen) throw new SttError('invalid-state', 'mimi: the stream is closed');
    this.position = 0;
    this.#arena.u8.fill(0, this.state, this.state + this.#bytes);
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#arena.release(this.state, this.#bytes);
  }
}
