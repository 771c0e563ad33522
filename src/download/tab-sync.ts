/** Synchronises the caches of one model across tabs: download progress and pauses. */
import type { PauseSwitch } from './pause.js';
import type { Channel, Environment } from './environment.js';
import type { FileProgress } from './progress.js';

type Message =
  | { readonly type: 'file'; readonly id: string; readonly loaded: number; readonly total: number | undefined }
  | { readonly type: 'pause'; readonly paused: boolean }
  /** Sent by a new tab; paused tabs reply. */
  | { readonly type: 'hello' };

export class TabSync {
  #channel: Channel | undefined;
  readonly #pauseSwitch: PauseSwitch;
  readonly #onChange: () => void;
  #downloading = false;
  readonly #followed = new Map<string, FileProgress>();

  constructor(
    name: string,
    channel: Environment['channel'] | undefined,
    pauseSwitch: PauseSwitch,
    onChange: () => void,
  ) {
    this.#pauseSwitch = pauseSwitch;
    this.#onChange = onChange;
    // A tab with another version of this package may send other messages; they are ignored.
    this.#channel = channel?.(name, (message) => {
      if (isMessage(message)) this.#receive(message);
    });
    this.#post({ type: 'hello' });
  }

  /** Whether another tab is downloading a file that this tab waits for. */
  get isDownloading(): boolean {
    return this.#downloading && this.#followed.size > 0;
  }

  announceProgress(id: string, loaded: number, total: number | undefined): void {
    if (!this.#followed.has(id)) this.#post({ type: 'file', id, loaded, total });
  }

  announcePause(paused: boolean): void {
    this.#post({ type: 'pause', paused });
  }

  /** Copies another tab's progress with the file to `progress`, until the returned function is called. */
  follow(id: string, progress: FileProgress): () => void {
    this.#followed.set(id, progress);
    return () => this.#followed.delete(id);
  }

  close(): void {
    this.#channel?.close();
    this.#channel = undefined; // posting to a closed channel throws
    this.#followed.clear();
  }

  #post(message: Message): void {
    this.#channel?.post(message);
  }

  #receive(message: Message): void {
    switch (message.type) {
      case 'file': {
        const progress = this.#followed.get(message.id);
        if (progress === undefined) return;
        if (message.total !== undefined) progress.setTotal(message.total);
        progress.add(message.loaded - progress.loaded);
        this.#downloading = true;
        this.#onChange();
        return;
      }
      case 'pause':
        if (message.paused) this.#pauseSwitch.pause();
        else this.#pauseSwitch.resume();
        this.#onChange();
        return;
      case 'hello':
        if (this.#pauseSwitch.isPaused) this.announcePause(true);
    }
  }
}

function isMessage(message: unknown): message is Message {
  const { type } = (message ?? {}) as Partial<Message>;
  return type === 'file' || type === 'pause' || type === 'hello';
}
