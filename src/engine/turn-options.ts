/** Converts a page's turn options to a pause head and a threshold. */
import { SttError } from '../errors.js';
import type { TurnChoice } from '../protocol/messages.js';
import { HORIZONS, type TurnOptions } from '../text/turns.js';

/** Throws `invalid-argument` for a horizon or a threshold out of range. */
export function turnOptions({ horizon, threshold }: TurnChoice): TurnOptions {
  if (horizon !== undefined && !(horizon > 0 && Number.isFinite(horizon)))
    throw new SttError(
      'invalid-argument',
      `the turn horizon is ${horizon}, expected seconds, such as ${HORIZONS.join(', ')}`,
    );
  if (threshold !== undefined && !(threshold > 0 && threshold < 1))
    throw new SttError('invalid-argument', `the turn threshold is ${threshold}, expected above 0 and below 1`);
  return {
    ...(horizon !== undefined && { horizonIndex: nearest(horizon) }),
    ...(threshold !== undefined && { threshold }),
  };
}

function nearest(seconds: number): number {
  const off = HORIZONS.map((each) => Math.abs(each - seconds));
  return off.indexOf(Math.min(...off));
}
