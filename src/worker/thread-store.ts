/** Opens the store that all downloads of a worker share. */
import { openStore } from '../download/open-store.js';
import type { Store } from '../download/store.js';

let store: Promise<Store> | undefined;

export function threadStore(): Promise<Store> {
  store ??= openStore();
  return store;
}
