/** Random numbers that are the same on every run. */

/** Answers whole numbers from 0 to below its argument; `seed` is any whole number. */
export function seeded(seed: number): (below: number) => number {
  let state = (seed * 2_654_435_769) >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    // The low bits of such a sequence repeat soon.
    return Math.floor((state / 2 ** 32) * below);
  };
}
