/** Where chunks are kept: named bytes on shelves, one shelf a model. Each write is whole or has not happened. */
import { SttError } from '../errors.js';

export interface Store {
  readonly kind: 'cache' | 'memory';
  /** What is written is there at the next visit, and other tabs see it. */
  readonly persistent: boolean;
  /** Why it is not persistent. */
  readonly why: string | undefined;
  /** The shelf of that name; it begins to exist with its first write. */
  shelf(name: string): Promise<Bucket>;
  /** The names of all shelves that exist. */
  shelves(): Promise<string[]>;
  remove(name: string): Promise<void>;
  /** Bytes that still fit; undefined where nobody says. */
  free(): Promise<number | undefined>;
}

/** Names are made of letters, digits and `-._/`. Rejects with a DOMException where the platform does. */
export interface Bucket {
  names(): Promise<string[]>;
  read(name: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** Resolves once `bytes` can be read again. Rejects with `QuotaExceededError` where there is no room. `bytes` are not kept. */
  write(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Nothing happens where there is none. */
  delete(name: string): Promise<void>;
}

/** Writes, and once more where `makeRoom` has found room for what did not fit. */
export async function writeMakingRoom(
  shelf: Bucket,
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
  makeRoom: (bytes: number) => Promise<void>,
): Promise<void> {
  try {
    await shelf.write(name, bytes);
  } catch (cause) {
    if (!isQuotaExceeded(cause)) throw cause;
    await makeRoom(bytes.length);
    await shelf.write(name, bytes);
  }
}

export function isQuotaExceeded(cause: unknown): boolean {
  return cause instanceof DOMException && cause.name === 'QuotaExceededError';
}

/** What a write that failed is told as; `what` names the bytes. */
export function notKept(cause: unknown, what: string): SttError {
  return SttError.from(cause, `${what} cannot be kept`, isQuotaExceeded(cause) ? 'quota' : 'internal');
}

const owners = new WeakMap<Store, string>();

/** Sets a thread's own store apart: nobody has to wait for what another thread brings into its memory. */
export function ownerOf(store: Store): string {
  if (store.persistent) return '';
  const owner = owners.get(store) ?? ` ${Math.random()}`;
  owners.set(store, owner);
  return owner;
}
