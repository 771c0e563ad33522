/** Pseudo-random numbers that are the same on every run. */

/** Returns integers from 0 to below its argument; `seed` is any integer. */
export function seeded(seed: number): (below: number) => number {
  let state = (seed * 2_654_435_769) >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    // The low bits of this generator have a short period.
    return Math.floor((state / 2 ** 32) * below);
  };
}
