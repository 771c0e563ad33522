/** Every composition of kernels and parts that the plans use compiles without a warning. */
import { assert } from '@open-wc/testing';
import { checked, requestGpu, type Ability, type Gpu } from '../../../src/gpu/device.js';
import { compose } from '../../../src/gpu/kernels.js';
import { compositions, type Composition } from '../../../tools/compositions.js';

const DEFAULTS = { maxStorageBufferBindingSize: 128 * 1024 * 1024, maxBufferSize: 256 * 1024 * 1024 };

/** The fused plan's kernels that multiply, with the other parts of their compositions. */
const PRODUCTS = ['linear_add', 'merge_out', 'norm_gate norm', 'norm_head norm'];
const RINGS = ['norm_qkv norm pair_f16 ring', 'norm_qkv norm pair_f32 ring'];
const TYPES = ['weights_f32 product_float', 'weights_f16 product_float', 'weights_q8_0 product_q8_0'];
const DOT8 = ['weights_q8_0 product_q8_0_dot8', 'weights_q4_0 product_q4_0_dot8'];
const HALF = 'weights_q4_0 product_q4_0_half';

/** Names of compositions: every kernel that multiplies, with one fold and each of `products`. */
const every = (fold: string, products: readonly string[]): string[] =>
  products.flatMap((product) =>
    [...PRODUCTS, ...RINGS].map((each) => {
      const [name = '', ...more] = each.split(' ');
      return [name, fold, product, 'rows', ...more].join(' ');
    }),
  );

/** Compositions that need each ability, listed by hand, so that the test cannot skip others unnoticed. */
const LEFT_OUT: Readonly<Record<Ability, readonly string[]>> = {
  f16: [...every('fold_tree', [HALF]), ...every('fold_subgroups', [HALF])],
  dot8: [...every('fold_tree', DOT8), ...every('fold_subgroups', DOT8)],
  subgroups: [
    ...every('fold_subgroups', [...TYPES, ...DOT8, HALF, 'weights_q4_0 product_q4_0']),
    'attention_split fold_subgroups pair_f16 ring',
    'attention_split fold_subgroups pair_f32 ring',
  ],
};

describe('what the plans compile', () => {
  const bySource = new Map<string, Composition[]>();
  for (const one of compositions()) bySource.set(one.source, [...(bySource.get(one.source) ?? []), one]);
  let gpu: Gpu;
  const able = ({ abilities }: Composition): boolean => abilities.every((ability) => gpu.abilities.has(ability));

  before(async () => (gpu = await requestGpu(DEFAULTS)));
  after(() => gpu.close());

  it('is 104 compositions, of which an adapter lacks exactly those that need its missing abilities', () => {
    const lacking = (Object.keys(LEFT_OUT) as Ability[]).filter((ability) => !gpu.abilities.has(ability));
    const expected = new Set(lacking.flatMap((ability) => LEFT_OUT[ability]));
    const left = [...bySource].filter(([, [first]]) => first && !able(first)).map(([source]) => source);
    assert.deepEqual(left.sort(), [...expected].sort());
    assert.equal(bySource.size, 104);
    // SwiftShader has subgroups and packed dot products, and no f16; lavapipe in Firefox has f16, and no subgroups.
    if (lacking.join() === 'f16') assert.equal(left.length, 12);
    if (lacking.join() === 'subgroups') assert.equal(left.length, 44);
  });

  it('compiles without a warning and becomes a pipeline', async function () {
    this.timeout(600_000); // a software adapter compiles on the CPU it shares
    const { device } = gpu;
    const messages: string[] = [];
    const sources = [...bySource].filter(([, [first]]) => first && able(first));
    await checked(device, 'compositions', () =>
      Promise.all(
        sources.map(async ([source, each], i) => {
          const choice = cheapest(each, i);
          const module = device.createShaderModule({ label: source, code: compose(choice) });
          const { messages: found } = await module.getCompilationInfo();
          messages.push(
            ...found.map(({ type, lineNum, message }) => `${source}: ${type} in line ${lineNum}: ${message}`),
          );
          const compute = { module, entryPoint: choice.name };
          await device.createComputePipelineAsync({ label: choice.label, layout: 'auto', compute });
        }),
      ),
    );
    assert.deepEqual(messages, []);
  });
});

/** The numbers that a software adapter compiles fastest, with the fewest lanes and rows; dims and batches in turn. */
function cheapest(each: readonly Composition[], turn: number): Composition {
  const size = ({ constants: { LANES = 0, ROWS = 0 } }: Composition): number => LANES * 1000 + ROWS;
  const least = Math.min(...each.map(size));
  const some = each.filter((one) => size(one) === least);
  return some[turn % some.length]!;
}
