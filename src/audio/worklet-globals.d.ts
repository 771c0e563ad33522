/** What an AudioWorkletGlobalScope has and TypeScript's DOM library leaves out. */

declare abstract class AudioWorkletProcessor {
  readonly port: MessagePort;
  /** Called for each render quantum. `inputs` is [input][channel], each [n] f32; `false` lets the node go. */
  abstract process(inputs: readonly (readonly Float32Array[])[]): boolean;
}

declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;

/** The context's rate, Hz. */
declare const sampleRate: number;
