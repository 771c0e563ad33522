/** Shelves in the origin-private file system: one folder a shelf, one file a name. */
import type { Shelf, Store } from './store.js';

const FOLDER = 'kyutai-stt-model';

export async function opfsStore(storage: StorageManager): Promise<Store> {
  const folder = async (): Promise<FileSystemDirectoryHandle> =>
    (await storage.getDirectory()).getDirectoryHandle(FOLDER, { create: true });
  await folder();
  return {
    kind: 'opfs',
    persistent: true,
    why: undefined,
    shelf: (name) =>
      Promise.resolve(opfsShelf(async () => (await folder()).getDirectoryHandle(escape(name), { create: true }))),
    shelves: async () => {
      const names: string[] = [];
      for await (const name of (await folder()).keys()) names.push(unescape(name));
      return names;
    },
    remove: async (name) => {
      await absent((await folder()).removeEntry(escape(name), { recursive: true }));
    },
    free: async () => {
      const { quota, usage } = await storage.estimate();
      return quota === undefined || usage === undefined ? undefined : Math.max(0, quota - usage);
    },
  };
}

function opfsShelf(open: () => Promise<FileSystemDirectoryHandle>): Shelf {
  return {
    names: async () => {
      const names: string[] = [];
      for await (const name of (await open()).keys()) if (!name.endsWith('.crswap')) names.push(unescape(name));
      return names;
    },
    read: async (name) => {
      const handle = await absent((await open()).getFileHandle(escape(name)));
      return handle === undefined ? undefined : new Uint8Array(await (await handle.getFile()).arrayBuffer());
    },
    write: async (name, bytes) => {
      const handle = await (await open()).getFileHandle(escape(name), { create: true });
      const stream = await handle.createWritable();
      await stream.write(bytes);
      // Until here the file is as it was: the stream writes beside it and swaps.
      await stream.close();
    },
    delete: async (name) => {
      await absent((await open()).removeEntry(escape(name)));
    },
  };
}

/** A file's name may have no slash. */
function escape(name: string): string {
  return encodeURIComponent(name);
}

function unescape(name: string): string {
  return decodeURIComponent(name);
}

async function absent<T>(result: Promise<T>): Promise<T | undefined> {
  try {
    return await result;
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'NotFoundError') return undefined;
    throw cause;
  }
}
