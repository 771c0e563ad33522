/** The interface of stores: named bytes in buckets, one bucket per model. Writes are atomic. */
import { SttError } from '../errors.js';

export interface Store {
  readonly kind: 'cache' | 'memory';
  /** Written bytes are there at the next visit, and visible to other tabs. */
  readonly persistent: boolean;
  /** Undefined if it is. */
  readonly whyNotPersistent: string | undefined;
  /** The bucket of that name; created by its first write. */
  bucket(name: string): Promise<Bucket>;
  /** The names of all existing buckets. */
  bucketNames(): Promise<string[]>;
  remove(name: string): Promise<void>;
  /** Bytes that still fit; undefined if unknown. */
  freeBytes(): Promise<number | undefined>;
}

/** Names are made of letters, digits and `-._/`. Rejects with a DOMException where the platform does. */
export interface Bucket {
  names(): Promise<string[]>;
  read(name: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** Resolves once `bytes` can be read. Rejects with `QuotaExceededError` if they do not fit. Does not keep `bytes`. */
  write(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Does nothing if there is none. */
  delete(name: string): Promise<void>;
}

/** Writes; if the bytes do not fit, calls `evictFor` and writes again. */
export async function writeWithEviction(
  bucket: Bucket,
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
  evictFor: (bytes: number) => Promise<void>,
): Promise<void> {
  try {
    await bucket.write(name, bytes);
  } catch (cause) {
    if (!isQuotaExceeded(cause)) throw cause;
    await evictFor(bytes.length);
    await bucket.write(name, bytes);
  }
}

export function isQuotaExceeded(cause: unknown): boolean {
  return cause instanceof DOMException && cause.name === 'QuotaExceededError';
}

/** The error of a failed write; `what` names the bytes. */
export function writeError(cause: unknown, what: string): SttError {
  return SttError.from(cause, `${what} cannot be stored`, isQuotaExceeded(cause) ? 'quota' : 'internal');
}

const owners = new WeakMap<Store, string>();

/** Makes lock names of a thread's own store unique, so that threads do not wait for each other. */
export function lockSuffix(store: Store): string {
  if (store.persistent) return '';
  const owner = owners.get(store) ?? ` ${Math.random()}`;
  owners.set(store, owner);
  return owner;
}
