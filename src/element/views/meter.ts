/** Updates the level meter. */

/** The level at which the meter is empty: a quiet room is 60 dB below full scale. */
const FLOOR_DB = -60;

/** Sets the meter in `root` to `rms` (0 … 1). Sets the style directly: a render 12 times per second would be wasteful. */
export function showLevel(root: ShadowRoot | null, rms: number): void {
  const decibels = rms > 0 ? 20 * Math.log10(rms) : FLOOR_DB;
  const level = Math.min(1, Math.max(0, 1 - decibels / FLOOR_DB));
  root?.querySelector<HTMLElement>('.meter')?.style.setProperty('--level', level.toFixed(2));
}
