/** One stream of the language model on the CPU: its queue of codes, its rings and its last token. */
import { nextNode, preferPhrases } from '../../../kernels/reference/phrases.js';
import { SttError } from '../../errors.js';
import type { LmConfig } from '../../model/config.js';
import type { LmResult, LmStream } from '../language-model.js';
import { NO_PHRASES } from '../phrase-table.js';
import type { SlotUser, Stepper } from './stepper.js';

/** What a stream needs from its model. */
export interface StreamHost {
  readonly name: string;
  readonly config: LmConfig;
  readonly stepper: Stepper;
  flush(): void;
  /** Frees the rings of a closed stream. */
  streamClosed(stream: WasmLmStream): void;
}

/** What argmax writes where no logit is a finite number. */
const NO_TOKEN = 0xffff_ffff;

export class WasmLmStream implements LmStream, SlotUser {
  readonly rings: number;
  readonly #host: StreamHost;
  readonly #sink: (result: LmResult) => void;
  readonly #result: { step: number; token: number; probability: number; pause: Float32Array<ArrayBuffer> };
  /** [capacity, nQ]: the codes of steps `position` … `steps` − 1, step t in row t mod capacity. */
  #queue: Uint32Array;
  #steps = 0;
  #position = 0;
  #token: number;
  #slot = 0;
  #phrases: Uint32Array = NO_PHRASES;
  /** Where in the phrases the text is. */
  #node = 0;
  /** Whether its next step is running. */
  #running = false;
  #failure: SttError | undefined;
  #isOpen = true;

  constructor(host: StreamHost, rings: number, sink: (result: LmResult) => void) {
    const { nQ, pauseHeads, textCard } = host.config;
    this.rings = rings;
    this.#host = host;
    this.#sink = sink;
    this.#result = { step: 0, token: 0, probability: 0, pause: new Float32Array(pauseHeads) };
    this.#queue = new Uint32Array(4 * nQ);
    this.#token = textCard;
  }

  get steps(): number {
    return this.#steps;
  }

  get pending(): number {
    return this.#steps - this.#position;
  }

  get position(): number {
    return this.#position;
  }

  get token(): number {
    return this.#token;
  }

  get hasStep(): boolean {
    return this.#isOpen && !this.#failure && this.pending > 0;
  }

  /** [V] f32: a copy of the last step's logits. Invalid once other streams have stepped. */
  get logits(): Float32Array {
    return this.#host.stepper.logits(this.#slot);
  }

  /** [heads, classes] f32: a copy of the last step's pause probabilities in full. Invalid once other streams have stepped. */
  get pauseClasses(): Float32Array {
    const { stepper, config } = this.#host;
    return Float32Array.from({ length: config.pauseHeads * config.pauseClasses }, (_, c) =>
      stepper.pause(this.#slot, c),
    );
  }

  push(codes: Uint32Array | null): void {
    const { nQ, card } = this.#host.config;
    if (!this.#isOpen) throw new SttError('invalid-state', 'lm: the stream is closed');
    if (codes && codes.length !== nQ) {
      throw new SttError('invalid-argument', `lm: a step of ${codes.length} codes, expected ${nQ}`);
    }
    if (this.#failure) throw this.#failure;
    if (this.pending * nQ === this.#queue.length) this.#grow();
    const at = this.#row(this.#steps++);
    if (codes) this.#queue.set(codes, at);
    else this.#queue.fill(card, at, at + nQ);
  }

  settled(): Promise<void> {
    if (this.hasStep) this.#host.flush();
    return this.#failure ? Promise.reject(this.#failure) : Promise.resolve();
  }

  prefer(phrases: Uint32Array): void {
    this.#phrases = phrases;
    this.#node = 0;
  }

  reset(): void {
    this.#node = 0;
    // The rings need no clearing: a step reads only the rows written since step 0.
    this.#steps = this.#position = 0;
    this.#running = false;
    this.#token = this.#host.config.textCard;
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#host.streamClosed(this);
  }

  takeCodes(to: Uint32Array, at: number): void {
    const { nQ } = this.#host.config;
    this.#running = true;
    const from = this.#row(this.#position);
    for (let q = 0; q < nQ; q++) to[at + q] = this.#queue[from + q]!;
  }

  deliver(slot: number): void {
    // The sink of another stream may have closed or reset this stream.
    if (!this.#isOpen || !this.#running) return;
    this.#running = false;
    const { name, stepper, config } = this.#host;
    const result = this.#result;
    this.#slot = slot;
    result.step = this.#position;
    result.token = stepper.token(slot);
    result.probability = stepper.probability(slot);
    for (let i = 0; i < result.pause.length; i++) result.pause[i] = stepper.pause(slot, i * config.pauseClasses);
    if (result.token === NO_TOKEN) {
      this.#failure = new SttError('model-invalid', `${name}: step ${result.step} has no finite logit`);
      return;
    }
    if (this.#phrases.length > NO_PHRASES.length) {
      // A few additions for a step: not worth a kernel.
      preferPhrases(stepper.logitsView(slot), this.#phrases, this.#node, result, config);
      this.#node = nextNode(this.#phrases, this.#node, result.token, config);
    }
    this.#token = result.token;
    this.#position++;
    this.#sink(result);
  }

  #row(step: number): number {
    return (step * this.#host.config.nQ) % this.#queue.length;
  }

  #grow(): void {
    const { nQ } = this.#host.config;
    const old = this.#queue;
    const rows = Array.from({ length: this.pending }, (_, i) => this.#row(this.#position + i));
    this.#queue = new Uint32Array(2 * old.length);
    for (const [i, from] of rows.entries())
      this.#queue.set(old.subarray(from, from + nQ), this.#row(this.#position + i));
  }
}
