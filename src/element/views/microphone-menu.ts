/** Which microphone: a choice in the settings, where there is one, that a running stream follows at once. */
import { html, nothing, type ReactiveController, type ReactiveControllerHost, type TemplateResult } from 'lit';
import {
  chooseMicrophone,
  chosenMicrophone,
  microphoneChoice,
  microphones,
  type Microphone,
} from '../../audio/sources/microphone-choice.js';
import type { Strings } from '../strings/strings.js';

export class MicrophoneMenu implements ReactiveController {
  readonly #host: ReactiveControllerHost & EventTarget;
  #known: readonly Microphone[] = [];
  #connected = new AbortController();

  constructor(host: ReactiveControllerHost & EventTarget) {
    this.#host = host;
    host.addController(this);
  }

  hostConnected(): void {
    this.#connected = new AbortController();
    const { signal } = this.#connected;
    // Browsers keep the names to themselves until the visitor has allowed a microphone: a stream that began is that.
    for (const type of ['start', 'devicechange'] as const) this.#host.addEventListener(type, this.#look, { signal });
    microphoneChoice.addEventListener('change', () => this.#host.requestUpdate(), { signal });
    (navigator.mediaDevices as MediaDevices | undefined)?.addEventListener('devicechange', this.#look, { signal });
  }

  hostDisconnected(): void {
    this.#connected.abort();
  }

  /** Nothing, where there is no choice. */
  render(strings: Strings): TemplateResult | typeof nothing {
    if (this.#known.length < 2) return nothing;
    const chosen = chosenMicrophone();
    const choose = ({ currentTarget }: Event): void => chooseMicrophone((currentTarget as HTMLSelectElement).value);
    return html`
      <label class="choice">
        <span>${strings.settingsMicrophone}</span>
        <select part="select" name="microphone" .value=${chosen} @change=${choose} autocomplete="off">
          ${[{ deviceId: '', label: strings.microphoneOfTheSystem }, ...this.#known].map(
            ({ deviceId, label }) =>
              html`<option value=${deviceId} ?selected=${deviceId === chosen}>${label || deviceId}</option>`,
          )}
        </select>
      </label>
    `;
  }

  readonly #look = (): void => {
    microphones().then(
      (all) => {
        // The system's own choice is listed as a device of its own, under these names.
        this.#known = all.filter(({ deviceId }) => deviceId !== 'default' && deviceId !== 'communications');
        this.#host.requestUpdate();
      },
      (cause: unknown) => console.info(`The microphones could not be listed: ${String(cause)}`),
    );
  };
}
