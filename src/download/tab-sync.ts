/** What the depots of one model in several tabs tell each other: how far a file is, and who pressed pause. */
import type { PauseSwitch } from './pause.js';
import type { Channel, Environment } from './environment.js';
import type { DownloadProgress } from './progress.js';

type Message =
  | { readonly type: 'file'; readonly id: string; readonly loaded: number; readonly total: number | undefined }
  | { readonly type: 'pause'; readonly paused: boolean }
  /** From one that is new: who is paused says so. */
  | { readonly type: 'hello' };

export class TabSync {
  #channel: Channel | undefined;
  readonly #gate: PauseSwitch;
  readonly #onNews: () => void;
  #moving = false;
  readonly #followed = new Map<string, DownloadProgress>();

  constructor(name: string, channel: Environment['channel'] | undefined, gate: PauseSwitch, onNews: () => void) {
    this.#gate = gate;
    this.#onNews = onNews;
    // A tab of another version of this package may speak otherwise; what is not understood is not heeded.
    this.#channel = channel?.(name, (message) => {
      if (isMessage(message)) this.#hear(message);
    });
    this.#post({ type: 'hello' });
  }

  /** Another tab fetches a file that is waited for here. */
  get isMoving(): boolean {
    return this.#moving && this.#followed.size > 0;
  }

  tell(id: string, loaded: number, total: number | undefined): void {
    if (!this.#followed.has(id)) this.#post({ type: 'file', id, loaded, total });
  }

  tellPause(paused: boolean): void {
    this.#post({ type: 'pause', paused });
  }

  /** Counts in `tally` what another tab says of the file, until the function returned is called. */
  follow(id: string, tally: DownloadProgress): () => void {
    this.#followed.set(id, tally);
    return () => this.#followed.delete(id);
  }

  close(): void {
    this.#channel?.close();
    this.#channel = undefined; // to speak on one that is closed is an error
    this.#followed.clear();
  }

  #post(message: Message): void {
    this.#channel?.post(message);
  }

  #hear(message: Message): void {
    switch (message.type) {
      case 'file': {
        const tally = this.#followed.get(message.id);
        if (tally === undefined) return;
        if (message.total !== undefined) tally.size(message.total);
        tally.add(message.loaded - tally.loaded);
        this.#moving = true;
        this.#onNews();
        return;
      }
      case 'pause':
        if (message.paused) this.#gate.close();
        else this.#gate.open();
        this.#onNews();
        return;
      case 'hello':
        if (this.#gate.isClosed) this.tellPause(true);
    }
  }
}

function isMessage(message: unknown): message is Message {
  const { type } = (message ?? {}) as Partial<Message>;
  return type === 'file' || type === 'pause' || type === 'hello';
}
