/** Loads the code of optional features when an attribute first asks for one: pages without them do not pay for it. */
import type { ReactiveController } from 'lit';
import { SttError } from '../../errors.js';
import type { FeatureHost, FeaturePort } from '../hands-free/port.js';

type Feature = new (host: FeatureHost, port: FeaturePort) => ReactiveController;

/** By the property that asks for it. */
const FEATURES = {
  editable: () =>
    import('../editing/transcript-editor-controller.js').then((loaded): Feature => loaded.TranscriptEditorController),
  hotkey: () => import('../hands-free/hotkey-controller.js').then((loaded): Feature => loaded.HotkeyController),
  spokenCommands: () =>
    import('../hands-free/spoken-commands-controller.js').then((loaded): Feature => loaded.SpokenCommandsController),
  wakeLock: () => import('../hands-free/wake-lock-controller.js').then((loaded): Feature => loaded.WakeLockController),
};

export class OptionalFeatures implements ReactiveController {
  readonly #host: FeatureHost;
  readonly #port: FeaturePort;
  readonly #failed: (error: SttError) => void;
  readonly #requested = new Set<string>();

  constructor(host: FeatureHost, port: FeaturePort, failed: (error: SttError) => void) {
    this.#host = host;
    this.#port = port;
    this.#failed = failed;
    host.addController(this);
  }

  hostUpdated(): void {
    for (const name of ['editable', 'hotkey', 'spokenCommands', 'wakeLock'] as const) {
      if (!this.#host[name] || this.#requested.has(name)) continue;
      this.#requested.add(name);
      FEATURES[name]().then(
        (Controller) => {
          new Controller(this.#host, this.#port);
          this.#host.requestUpdate();
        },
        (cause: unknown) => this.#failed(new SttError('network', `${name} could not be loaded: ${String(cause)}`)),
      );
    }
  }
}
