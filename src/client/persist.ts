/** Asks the browser to keep what this origin stores when space runs short. Only a page can ask, no worker can. */

let asked: Promise<boolean> | undefined;

/** Once a visit, however often it is called. Resolves with whether what is stored is safe; never rejects. */
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
