/** Shows how loud it is. */

/** Loudness at which the meter is empty: 60 dB below full scale is a quiet room. */
const FLOOR_DB = -60;

/** Sets the meter in `root` to `rms` (0 … 1). Straight into the style, 12 times a second: not worth a render. */
export function showLevel(root: ShadowRoot | null, rms: number): void {
  const decibels = rms > 0 ? 20 * Math.log10(rms) : FLOOR_DB;
  const level = Math.min(1, Math.max(0, 1 - decibels / FLOOR_DB));
  root?.querySelector<HTMLElement>('.meter')?.style.setProperty('--level', level.toFixed(2));
}
