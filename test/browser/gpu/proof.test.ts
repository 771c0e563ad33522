/** A GPU's numbers are compared with the CPU's at load: right ones pass, wrong ones of every kind are found. */
import { assert } from '@open-wc/testing';
import { Engine } from '../../../src/engine/engine.js';
import { SttError } from '../../../src/errors.js';
import { loadWebGpuLm, type WebGpuLmOptions } from '../../../src/lm/webgpu/webgpu-lm.js';
import type { Model } from '../../../src/model/model.js';
import { openModelFromUrl } from '../../../src/model/open-model-url.js';
import type { TensorType } from '../../../src/model/tensor-types.js';
import { AWKWARD, BLOCKS, madeModel } from '../../unit/lm/webgpu/made-model.js';
import { intercept } from './intercept.js';
import { HARDWARE, pretend } from './pretend.js';

const STORE = 'kyutai-stt-tuning';
const DEMO = '/models/demo-en_fr-q4_0.gguf';
const openDemo = (): Promise<Model> => openModelFromUrl({ url: new URL(DEMO, location.origin).href });

/** A change to WGSL that makes a kernel compute finite, wrong numbers. */
interface Fault {
  readonly from: string;
  readonly to: string;
  /** Only in modules with this text. */
  readonly where?: string;
}

/** Replaces WGSL from now on. `uses` counts the modules that were changed. */
function miscompile({ from, to, where = '' }: Fault): { uses: number; restore: () => void } {
  const state = { uses: 0, restore: (): void => undefined };
  state.restore = intercept(GPUDevice.prototype, 'createShaderModule', (create, args) => {
    const [descriptor] = args as [GPUShaderModuleDescriptor];
    if (descriptor.code.includes(where) && descriptor.code.includes(from)) {
      state.uses++;
      descriptor.code = descriptor.code.replaceAll(from, to);
    }
    return create();
  });
  return state;
}

describe('a GPU at load', function () {
  this.timeout(120_000);
  const undo: (() => void)[] = [];
  afterEach(() => {
    for (const each of undo.splice(0).reverse()) each();
  });

  const made = (type: TensorType, head: TensorType = type): Model =>
    madeModel(BLOCKS, (name) => (name === 'text_linear.weight' ? head : type)).model;

  async function errorOf(model: Model, options: WebGpuLmOptions = {}): Promise<SttError | null> {
    try {
      (await loadWebGpuLm(model, options)).dispose();
      return null;
    } catch (cause) {
      if (!(cause instanceof SttError)) throw cause;
      return cause;
    }
  }

  /** Loads `model` on a GPU with this fault and checks the error. */
  async function refuses(fault: Fault, model: Model, what: RegExp, options: WebGpuLmOptions = {}): Promise<void> {
    const machine = miscompile(fault);
    undo.push(machine.restore);
    const error = await errorOf(model, options);
    assert.isAbove(machine.uses, 0, 'the fault is in a kernel');
    assert.isNotNull(error);
    assert.strictEqual(error.code, 'gpu-failed', String(error));
    assert.match(error.message, /^The GPU .* computes wrong numbers: /);
    assert.match(error.message, what);
    assert.match(error.remedy, /driver/);
    machine.restore();
  }

  describe('that is right', () => {
    for (const [type, ring] of [
      ['f32', 'f32'],
      ['f16', 'f16'],
      ['bf16', 'f32'],
      ['q8_0', 'f16'],
      ['q4_0', 'f32'],
      ['q4_0', 'f16'],
    ] as const) {
      it(`passes with ${type} weights, keys and values in ${ring}, also at awkward dims`, async () => {
        assert.isNull(await errorOf(made(type), { ring }));
        assert.isNull(await errorOf(madeModel(AWKWARD, () => type).model, { ring }));
      });
    }

    for (const variant of [
      'baseline',
      'subgroups',
      'f16',
      'dot8',
      'subgroups+dot8',
      'baseline 16x2',
      'baseline 256x16',
    ]) {
      it(`passes with the variant ${variant}`, async () => {
        for (const model of [made('q4_0'), made('q8_0')]) {
          const error = await errorOf(model, { variant });
          if (error?.code === 'unsupported') assert.include(error.message, 'lacks');
          else assert.isNull(error);
        }
      });
    }
  });

  describe('whose kernels are wrong', () => {
    const FOLD = 'fn folded(';
    for (const [what, fault, names] of [
      ['Q4_0 products', { from: '- a.eight_sums', to: '- 0.9 * a.eight_sums' }, /self_attn.in_proj_weight, row \d+/],
      [
        'the last rows',
        { where: 'fn linear_add', from: 'if (n < N) {', to: 'if (n < N - 2u) {' },
        /linear_out.weight, row 9[45]/,
      ],
      [
        'rows from the middle on',
        {
          where: 'fn norm_gate',
          from: '* normalised(b, own + r)',
          to: '* normalised(b, own + r) * select(1.0, 1.1, first > 80u)',
        },
        /linear_in.weight, row \d+/,
      ],
      ['the norm', { from: 'inverseSqrt(folded(ROWS * BATCH + b) / f32(M) + EPS)', to: '1.0' }, /in_proj_weight, row/],
      ['the rotation', { from: 'v.x * sine + v.y * cosine', to: 'v.x * sine - v.y * cosine' }, /in_proj_weight, row/],
      [
        'values',
        {
          from: 'default: { ring[value_at(slot, head, i, row)] = packed(v); }',
          to: 'default: { ring[value_at(slot, head, i, row)] = packed(v.yx); }',
        },
        /in_proj_weight, row/,
      ],
      ['attention', { from: 'let e = exp(scores[j] - peak);', to: 'let e = 1.0;' }, /attention .*, element/],
      [
        'attention over many rows',
        { from: 'let e = exp(scores[j] - peak);', to: 'let e = select(exp(scores[j] - peak), 0.0, j > 2u);' },
        /attention over a full window/,
      ],
      [
        'the merge of attention',
        { from: 'total += exp(ml.x - peak) * ml.y', to: 'total += ml.y' },
        /out_proj.weight, row/,
      ],
      [
        'the embedding',
        { from: 'select(step[own + 1u + t], token, t == T - 1u)', to: 'step[own + 1u + t]' },
        /the embedding, element/,
      ],
      [
        'the head',
        { where: 'fn norm_head', from: 'logits[b * V + n] = v;', to: 'logits[b * V + n] = v + 0.01;' },
        /text_linear.weight, row/,
      ],
      ['the pause heads', { from: 'pause[b * P + n] = v;', to: 'pause[b * P + n] = 2.0 * v;' }, /extra_heads, row/],
      [
        'the choice of the token',
        { from: 'peaks[other] > peaks[lane] ||', to: 'peaks[other] < peaks[lane] ||' },
        /the token of the result/,
      ],
      [
        'the probability',
        { from: 'bitcast<u32>(likelihood / peaks[0])', to: 'bitcast<u32>(0.9 * likelihood / peaks[0])' },
        /the probability/,
      ],
      ['pause probabilities', { from: 'most) / total);', to: 'most));' }, /pause probability/],
      ['the position', { from: 'state[at + 1u] + 1u', to: 'state[at + 1u]' }, /the step of the result/],
      [
        'a number that is not one',
        { where: 'fn linear_add', from: '+= folded(p);', to: '= bitcast<f32>(bitcast<u32>(folded(p)) | 0x7fc00000u);' },
        /is NaN|expected NaN/,
      ],
      [
        'all sums',
        { from: FOLD, to: 'fn folded(i: u32) -> f32 { return 1.01 * folded_right(i); }\nfn folded_right(' },
        /wrong numbers/,
      ],
    ] as const satisfies readonly (readonly [string, Fault, RegExp])[]) {
      it(`is refused for ${what}`, () => refuses(fault, made('q4_0'), names));
    }

    it('is refused for one type of matrix only, by that matrix', async () => {
      const numbers = {
        from: 'fn product(w: Unit, a: Activations) -> f32 { return dot(numbers(w), a); }',
        to: 'fn product(w: Unit, a: Activations) -> f32 { return 1.01 * dot(numbers(w), a); }',
      };
      const bytes = { from: 'return w.scale * (first + second);', to: 'return w.scale * first;' };
      await refuses({ ...numbers, where: 'array<vec2u>' }, made('q4_0', 'f16'), /text_linear.weight, row/);
      await refuses(bytes, made('f16', 'q8_0'), /text_linear.weight, row/);
      await refuses({ from: '- a.eight_sums', to: '' }, made('q8_0', 'q4_0'), /text_linear.weight, row/);
    });

    it('is refused for a variant that was asked for', async () => {
      const fault = { from: 'subgroupAdd((*values)[c])', to: '(*values)[c]' };
      await refuses(fault, made('q4_0'), /row/, { variant: 'subgroups' });
    });
  });

  it('is not blamed for weights that overflow anywhere', async () => {
    for (const [tensor, value, what] of [
      ['out_norm.alpha', 3e38, /out_norm\.alpha, element \d+, is -?\d.*e\+38/],
      ['transformer.layers.0.norm1.alpha', -3e38, /norm1\.alpha, element \d+, is -?\d.*e\+38/],
      ['emb.0.weight', 3e38, /the embedding, element 0,/],
    ] as const) {
      const { model, file, offsets } = madeModel(BLOCKS, () => 'f32');
      const at = offsets.get(tensor);
      assert.isDefined(at, tensor);
      // All rows of the first tables of codes, or the first row.
      const count = tensor === 'emb.0.weight' ? offsets.get('emb.2.weight')! - at : 4 * 96;
      new Float32Array(file.buffer, at, count / 4).fill(value);
      const error = await errorOf(model);
      assert.isNotNull(error, tensor);
      assert.strictEqual(error.code, 'model-invalid', String(error));
      assert.match(error.message, what);
    }
  });

  it('is refused if a step reads what an earlier one left in a buffer', async () => {
    // A GPU that starts attention before the queries are written: in one pass it runs first.
    let inPass = 0;
    undo.push(
      intercept(GPUCommandEncoder.prototype, 'beginComputePass', (begin) => {
        inPass = 0;
        return begin();
      }),
      // Its third dispatch, attention of the first layer, is lost where another dispatch is before it.
      intercept(GPUComputePassEncoder.prototype, 'dispatchWorkgroups', (dispatch) =>
        ++inPass === 3 ? undefined : dispatch(),
      ),
    );
    const error = await errorOf(made('q4_0'));
    assert.isNotNull(error);
    assert.strictEqual(error.code, 'gpu-failed');
    assert.match(error.message, /logit \d+ of a step in one pass is/);
  });

  it('is refused if results are those of another step', async () => {
    undo.push(
      intercept(GPUQueue.prototype, 'writeBuffer', (write, args) =>
        (args[0] as GPUBuffer).label === 'lm batch state' ? undefined : write(),
      ),
    );
    const error = await errorOf(made('q4_0'));
    assert.isNotNull(error);
    assert.strictEqual(error.code, 'gpu-failed');
    assert.match(error.message, /^The GPU .* returned step \d+, expected \d+/);
  });

  it('uses plain kernels where a stored tuning is wrong', async () => {
    await caches.delete(STORE);
    const first = await loadWebGpuLm(made('q4_0'), { tuner: 'always' });
    assert.notInclude(first.gpu().variant, 'not tuned');
    first.dispose();
    // A driver that changes later: the stored tuning of 64 lanes or more, or with subgroups, is wrong; plain kernels have 4.
    const stored = await storedTuning();
    stored.matrices.gate = { arithmetic: 'f32', fold: 'tree', lanes: 128, rows: 4 };
    await storeTuning(stored);
    const machine = miscompile({
      where: 'fn norm_gate',
      from: 'g / (1.0 + exp(-g))',
      to: 'select(g / (1.0 + exp(-g)), g, ROWS == 4u)',
    });
    undo.push(machine.restore);
    const lm = await loadWebGpuLm(made('q4_0'), { tuner: 'always' });
    assert.match(lm.gpu().variant, /gate f32 4×16.*; not tuned: .* computes wrong numbers: .*linear_in.weight, row/);
    lm.dispose();
  });

  describe('that is wrong', () => {
    const FAULT = { where: 'fn linear_add', from: '+= folded(p);', to: '+= 0.9 * folded(p);' };

    it('loses to the CPU under auto, and the fallback says why', async () => {
      const machine = pretend(HARDWARE);
      const wrong = miscompile(FAULT);
      undo.push(machine.restore, wrong.restore);
      const engine = await Engine.load(await openDemo(), { mostStepMs: Infinity });
      const info = engine.info();
      engine.dispose();
      assert.strictEqual(info.backend, 'wasm');
      assert.isUndefined(info.adapter);
      assert.match(
        info.fallback ?? '',
        /^The GPU acme fast computes wrong numbers: .*linear_out.weight, row \d+, is .*, expected/,
      );
    });

    it('fails for a client that names it', async () => {
      const wrong = miscompile(FAULT);
      undo.push(wrong.restore);
      const error = await Engine.load(await openDemo(), { backend: 'webgpu' }).catch((cause: unknown) => cause);
      assert.instanceOf(error, SttError);
      assert.match(String(error), /computes wrong numbers: .*\(gpu-failed\)/);
    });
  });

  it('costs two steps and one dispatch, and reads back little', async () => {
    const model = await openDemo();
    const { numLayers: L, context: W } = model.config.lm;
    const counts = { dispatches: 0, kept: 0, submits: 0 };
    undo.push(
      intercept(GPUComputePassEncoder.prototype, 'dispatchWorkgroups', (dispatch) => (counts.dispatches++, dispatch())),
      intercept(GPUQueue.prototype, 'submit', (submit) => (counts.submits++, submit())),
      intercept(GPUCommandEncoder.prototype, 'copyBufferToBuffer', (copy, args) => {
        if ((args[2] as GPUBuffer).label === 'lm proof kept') counts.kept += Number(args[4]);
        return copy();
      }),
    );
    const lm = await loadWebGpuLm(model);
    const step = 5 * L + 3;
    // Two trial steps follow.
    assert.strictEqual(counts.dispatches, 2 * step + 1 + 2 * step);
    assert.isAbove(W, 2);
    assert.isBelow(counts.kept, 60_000);
    lm.dispose();
  });
});

interface Stored {
  readonly matrices: { gate: object };
}

async function storedTuning(): Promise<Stored> {
  const cache = await caches.open(STORE);
  const [address] = await cache.keys();
  return (await (await cache.match(address!))!.json()) as Stored;
}

async function storeTuning(tuning: Stored): Promise<void> {
  const cache = await caches.open(STORE);
  const [address] = await cache.keys();
  await cache.put(address!, new Response(JSON.stringify(tuning)));
}
