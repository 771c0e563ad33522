/** The choice of the microphone in the settings, if there are several. A running stream switches immediately. */
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
  #microphones: readonly Microphone[] = [];
  #connected = new AbortController();

  constructor(host: ReactiveControllerHost & EventTarget) {
    this.#host = host;
    host.addController(this);
  }

  hostConnected(): void {
    this.#connected = new AbortController();
    const { signal } = this.#connected;
    // Browsers hide the labels until the visitor has allowed a microphone, which the start of a stream proves.
    for (const type of ['start', 'devicechange'] as const) this.#host.addEventListener(type, this.#refresh, { signal });
    microphoneChoice.addEventListener('change', () => this.#host.requestUpdate(), { signal });
    (navigator.mediaDevices as MediaDevices | undefined)?.addEventListener('devicechange', this.#refresh, { signal });
  }

  hostDisconnected(): void {
    this.#connected.abort();
  }

  /** Nothing if there are fewer than two microphones. */
  render(strings: Strings): TemplateResult | typeof nothing {
    if (this.#microphones.length < 2) return nothing;
    const chosen = chosenMicrophone();
    const choose = ({ currentTarget }: Event): void => chooseMicrophone((currentTarget as HTMLSelectElement).value);
    return html`
      <label class="choice">
        <span>${strings.settingsMicrophone}</span>
        <select part="select" name="microphone" .value=${chosen} @change=${choose} autocomplete="off">
          ${[{ deviceId: '', label: strings.microphoneOfTheSystem }, ...this.#microphones].map(
            ({ deviceId, label }) =>
              html`<option value=${deviceId} ?selected=${deviceId === chosen}>${label || deviceId}</option>`,
          )}
        </select>
      </label>
    `;
  }

  readonly #refresh = (): void => {
    microphones().then(
      (all) => {
        // These ids are aliases of the system default, which has its own option.
        this.#microphones = all.filter(({ deviceId }) => deviceId !== 'default' && deviceId !== 'communications');
        this.#host.requestUpdate();
      },
      (cause: unknown) => console.info(`The microphones could not be listed: ${String(cause)}`),
    );
  };
}
