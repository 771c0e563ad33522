/** Intercepts calls of a browser's methods and constructors. */

/**
 * Routes every call of `owner[name]`, or `new owner[name]`, through `call`, which receives the original call and its
 * arguments, and whose result is returned. Returns a function that restores the original.
 */
export function intercept(
  owner: object,
  name: string,
  call: (original: () => unknown, args: readonly unknown[]) => unknown,
): () => void {
  const original: unknown = Reflect.get(owner, name);
  if (typeof original !== 'function') throw new Error(`${name} is not a function`);
  const replaced = new Proxy(original, {
    apply: (target, self, args: unknown[]): unknown => call(() => Reflect.apply(target, self, args), args),
    construct: (target, args: unknown[], by) =>
      call(() => Reflect.construct(target, args, by) as unknown, args) as object,
  });
  Reflect.set(owner, name, replaced);
  return () => void Reflect.set(owner, name, original);
}
