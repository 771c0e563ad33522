/** Lists and names the choices of kernels for one product that a GPU can run. */
import type { Ability } from '../src/gpu/device.js';
import { abilitiesOf, rowsFor, type Choice } from '../src/lm/webgpu/tuning.js';

const ARITHMETICS = ['f32', 'f16', 'dot8'] as const;
const FOLDS = ['tree', 'subgroups'] as const;
/** Few lanes for GPUs where workgroups and barriers are expensive, many where memory latency is high. */
const LANES_AND_ROWS = [
  { lanes: 16, rows: 16 },
  { lanes: 32, rows: 8 },
  { lanes: 32, rows: 16 },
  { lanes: 64, rows: 2 },
  { lanes: 64, rows: 4 },
  { lanes: 64, rows: 8 },
  { lanes: 64, rows: 16 },
  { lanes: 128, rows: 4 },
  { lanes: 128, rows: 8 },
] as const;

/** Every choice that a GPU with these abilities can run, including the baseline. */
export function choicesFor(abilities: ReadonlySet<Ability>): Choice[] {
  return ARITHMETICS.flatMap((arithmetic) =>
    FOLDS.flatMap((fold) => LANES_AND_ROWS.map((size): Choice => ({ arithmetic, fold, ...size }))),
  ).filter(
    (choice) => rowsFor(choice, 1) === choice.rows && abilitiesOf(choice).every((ability) => abilities.has(ability)),
  );
}

/** `f32 64×4`, `dot8+subgroups 128×8`: arithmetic, fold, lanes and rows of a workgroup. */
export function describeChoice({ arithmetic, fold, lanes, rows }: Choice): string {
  return `${arithmetic}${fold === 'subgroups' ? '+subgroups' : ''} ${lanes}×${rows}`;
}
