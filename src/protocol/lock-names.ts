/** Names of the Web Locks and channels of an origin. Tabs of two deploys share them, so a changed name would separate the tabs. */

const PREFIX = 'kyutai-stt';

/** Held by a page or a worker for as long as it lives. */
export function lifelineLock(): string {
  return `${PREFIX} ${crypto.randomUUID()}`;
}

/** Held while GPU code compiles on this implementation. */
export function compileLock(implementation: string): string {
  return `${PREFIX} compiles on ${implementation}`;
}

/** What the names of all locks on one model's downloads start with. `store`: the kind of store. */
export function downloadLockPrefix(store: string, model: string): string {
  return `${PREFIX} ${store} ${model} `;
}

/** Held by the tab that downloads a file. `owner` separates stores that tabs do not share; empty where they do. */
export function downloadLock(store: string, model: string, fileId: string, owner: string): string {
  return `${downloadLockPrefix(store, model)}${fileId}${owner}`;
}

/** The channel on which tabs report a model's download to each other. */
export function downloadChannel(model: string): string {
  return `${PREFIX} delivery ${model}`;
}
