/** What takes a seat in a bank: a stream, or a trial step at load. */
import type { SttError } from '../../errors.js';

export interface Seated {
  /** Whether a step waits to be run. */
  readonly hasStep: boolean;
  /** Takes the next step: writes its codes to `to` from `at` and answers its position. */
  takeStep(to: Uint32Array, at: number): number;
  /** The token the next step is fed, where the GPU does not know it; undefined where it does. Asked before `takeStep`. */
  readonly forcedToken: number | undefined;
  /** The result of the oldest step under way, [words] of `result` from byte `at`. */
  deliver(result: DataView, at: number): void;
  fail(error: SttError): void;
}
