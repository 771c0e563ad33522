/** Counts the bytes of buffers and typed arrays that some work allocates, however briefly. */

type Constructor = new (...args: never[]) => object;

const COUNTED = ['ArrayBuffer', 'Uint8Array', 'Int8Array', 'Uint16Array', 'Uint32Array', 'Float32Array'] as const;

/** Counts copies, but not views of existing buffers. */
export async function allocatedBytes(work: () => Promise<unknown>): Promise<number> {
  let bytes = 0;
  const count = <T extends object>(made: T, from: unknown): T => {
    if (!(from instanceof originals.ArrayBuffer)) bytes += (made as { byteLength: number }).byteLength;
    return made;
  };
  const originals = Object.fromEntries(COUNTED.map((name) => [name, globalThis[name]])) as unknown as {
    ArrayBuffer: ArrayBufferConstructor;
  } & Record<string, Constructor>;
  const counting = COUNTED.map((name) => [
    name,
    new Proxy(originals[name]!, {
      construct: (target, args: never[]) => count(Reflect.construct(target, args) as object, args[0]),
    }),
  ]);

  const prototypes = [originals.ArrayBuffer.prototype, Object.getPrototypeOf(Uint8Array.prototype)] as {
    slice: (...args: number[]) => object;
  }[];
  const slices = prototypes.map(({ slice }) => slice);
  for (const [i, prototype] of prototypes.entries()) {
    prototype.slice = function (...args) {
      return count(slices[i]!.apply(this, args), undefined);
    };
  }
  Object.assign(globalThis, Object.fromEntries(counting));
  try {
    await work();
  } finally {
    Object.assign(globalThis, originals);
    for (const [i, prototype] of prototypes.entries()) prototype.slice = slices[i]!;
  }
  return bytes;
}
