/** Declarations for AudioWorkletGlobalScope, which TypeScript's DOM library lacks. */

declare abstract class AudioWorkletProcessor {
  readonly port: MessagePort;
  /** Called for each render quantum. `inputs` is [input][channel], each [n] f32; `false` ends the processor. */
  abstract process(inputs: readonly (readonly Float32Array[])[]): boolean;
}

declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;

/** The context's rate, Hz. */
declare const sampleRate: number;
