/** Requests persistent storage, so that the browser does not evict the model. Only a page can request it, not a worker. */

let asked: Promise<boolean> | undefined;

/** Requests it once per visit; further calls share the result. Resolves with whether storage is persistent; never rejects. */
export function askToPersist(): Promise<boolean> {
  asked ??= ask();
  return asked;
}

async function ask(): Promise<boolean> {
  // Absent over plain HTTP and in old browsers; a sandboxed frame refuses.
  const storage = navigator.storage as Partial<StorageManager> | undefined;
  try {
    return (await storage?.persisted?.()) === true || ((await storage?.persist?.()) ?? false);
  } catch (cause) {
    console.info(`The browser may evict the speech model: ${String(cause)}`);
    return false;
  }
}
