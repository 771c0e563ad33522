/** Looks over the shoulder of whoever calls a browser's method. */

/**
 * Has every call of `owner[name]`, or `new owner[name]`, go through `call`, which is given how to make it and its
 * arguments, and answers for it. Returns what takes that back.
 */
export function intercept(
  owner: object,
  name: string,
  call: (original: () => unknown, args: readonly unknown[]) => unknown,
): () => void {
  const original: unknown = Reflect.get(owner, name);
  if (typeof original !== 'function') throw new Error(`there is no ${name}`);
  const replaced = new Proxy(original, {
    apply: (target, self, args: unknown[]): unknown => call(() => Reflect.apply(target, self, args), args),
    construct: (target, args: unknown[], by) =>
      call(() => Reflect.construct(target, args, by) as unknown, args) as object,
  });
  Reflect.set(owner, name, replaced);
  return () => void Reflect.set(owner, name, original);
}
