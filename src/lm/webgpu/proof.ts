/**
 * Compares one step of the chosen kernels with the CPU before the GPU is trusted (docs/decisions/0027): runs it once as
 * streams run it, and once dispatch by dispatch, keeping what each one wrote. `step-check.ts` compares.
 */
import { Buffers } from '../../gpu/buffers.js';
import { checked } from '../../gpu/device.js';
import { Script } from '../../gpu/script.js';
import { Rotation } from '../../wasm/rotation.js';
import { planFused } from './fused-plan.js';
import { sampledCodes, sampledRows, type Samples } from './samples.js';
import { RESULT_HEADER, STATE_WORDS, stepBuffers, stepWords } from './step-buffers.js';
import { checkStep } from './step-check.js';
import { SyntheticRing } from './synthetic-ring.js';
import type { TunerParts } from './tuner.js';
import { splitsFor, type Tuning } from './tuning.js';

/** The position of the step: one key besides its own, so that a stale or wrong key changes half of attention. */
const POSITION = 1;

/** Rejects with `gpu-failed` if the GPU computes other numbers than the CPU, beyond the error of its arithmetic. */
export async function prove(parts: TunerParts & { readonly tuning: Tuning }, samples: Samples): Promise<void> {
  const { gpu, kernels, config, weights, ring: ringType, tuning } = parts;
  const { queue } = gpu.device;
  const { dim: M, hidden: F, numHeads: H, context: W, nQ, textCard: V } = config;
  const D = M / H;
  const P = config.pauseHeads * config.pauseClasses;
  const memory = new Buffers(gpu.device, 'lm proof');
  try {
    const buffers = stepBuffers(memory, config);
    const plan = planFused({ memory, config, weights, buffers, ring: ringType, tuning });
    const host = new SyntheticRing(plan.ringBytes, ringType, config);
    // All layers share one ring: what the rows of other steps hold does not matter.
    const ring = memory.storage('ring', plan.ringBytes);
    queue.writeBuffer(ring, 0, host.words);
    const input = new Uint32Array(stepWords(config));
    const angles = new Float32Array(input.buffer).subarray(1 + nQ);
    input.set(sampledCodes(config), 1);
    new Rotation(D, config.maxPeriod).write(angles, 0, POSITION);
    queue.writeBuffer(buffers.input, 0, input);
    // Token and position: of the step, and of a full window.
    const starts = memory.upload('starts', Uint32Array.of(V, POSITION, 0, 0, V, W - 1, 0, 0));
    const rings = weights.layers.map(() => ring);
    const calls = plan.calls(rings, 1);
    await kernels.compile(calls);
    const dispatches = await checked(gpu.device, 'proof', () => calls.map((call) => kernels.dispatch(call)));

    const script = new Script();
    // First on buffers of zeros, so that a kernel that reads what is stale gives itself away.
    script.copy(starts, 0, buffers.state, STATE_WORDS);
    script.run(dispatches);
    script.keep(buffers.logits, V);

    script.copy(starts, 0, buffers.state, STATE_WORDS);
    const shares = H * splitsFor(tuning, config) * 4 * (Math.ceil(D / 4) + 1);
    const row = POSITION % W;
    let [layer, attention] = [0, 0];
    for (const [i, { name, buffers: bound }] of calls.entries()) {
      script.run(dispatches.slice(i, i + 1));
      const keep = (binding: number, words: number): void => script.keep(bound[binding]!, words);
      if (name === 'embed') keep(3, M);
      else if (name === 'norm_qkv') {
        keep(4, M);
        const { head } = sampledRows(config, layer++);
        for (let i = 0; i < D; i += 2) script.keep(ring, host.pair, host.keyAt(head, i, row));
        script.keep(ring, (host.pair * D) / 2, host.valueAt(head, 0, row));
      } else if (name === 'attention_split') {
        keep(4, shares);
        attention = i;
      } else if (name === 'norm_gate') keep(2, F);
      else if (name === 'merge_out' || name === 'linear_add') keep(1, M);
    }
    script.keep(buffers.logits, V);
    script.keep(buffers.pause, P);
    script.keep(buffers.result, RESULT_HEADER + P);
    script.keep(buffers.state, STATE_WORDS);

    // The last layer's attention again, over a full window.
    script.copy(starts, STATE_WORDS, buffers.state, STATE_WORDS);
    script.run(dispatches.slice(attention, attention + 1));
    script.keep(calls[attention]!.buffers[4]!, shares);
    const results = await script.play(memory);
    checkStep({ ...parts, samples, ring: host, angles, position: POSITION }, results);
  } finally {
    memory.destroy();
  }
}
