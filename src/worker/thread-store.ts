/** The store that all of a worker's deliveries share. */
import { openStore } from '../download/open-store.js';
import type { Store } from '../download/store.js';

let store: Promise<Store> | undefined;

export function threadStore(): Promise<Store> {
  store ??= openStore();
  return store;
}
