/** The visitor's settings: native controls in a menu of the toolbar. */
import { html, nothing, type TemplateResult } from 'lit';
import { SETTINGS } from './icons.js';
import { renderMenu } from './menu.js';
import type { Strings } from '../strings/strings.js';
import { CHOICES, SETTING_NAMES, visitorSettings, type SettingName } from '../controllers/visitor-settings.js';

/** `more`: choices that are not about looks. */
export function renderSettings(
  strings: Strings,
  names: readonly SettingName[] = SETTING_NAMES,
  more: TemplateResult | typeof nothing = nothing,
): TemplateResult {
  const { current, kept } = visitorSettings;
  const content = html`
    ${names.map((name) => renderChoice(name, current[name] ?? '', strings))} ${more}
    ${kept ? nothing : html`<p class="note">${strings.settingsNotKept}</p>`}
    <button part="reset" class="plain" type="button" @click=${() => visitorSettings.reset()}>
      ${strings.settingsReset}
    </button>
  `;
  return renderMenu({ name: 'settings', label: strings.settings, icon: SETTINGS, content });
}

function renderChoice(name: SettingName, chosen: string, strings: Strings): TemplateResult {
  const texts = textsOf(strings)[name];
  const choose = ({ currentTarget }: Event): void => {
    visitorSettings.set(name, (currentTarget as HTMLSelectElement).value);
  };
  return html`
    <label class="choice">
      <span>${texts.label}</span>
      <select part="select" name=${name} .value=${chosen} @change=${choose} autocomplete="off">
        ${['', ...CHOICES[name]].map(
          (value) =>
            html`<option value=${value} ?selected=${value === chosen}>
              ${value === '' ? strings.asThePage : (texts.options[value] ?? value)}
            </option>`,
        )}
      </select>
    </label>
  `;
}

function textsOf(strings: Strings): Record<SettingName, { label: string; options: Record<string, string> }> {
  return {
    size: {
      label: strings.settingsSize,
      options: {
        small: strings.sizeSmall,
        large: strings.sizeLarge,
        larger: strings.sizeLarger,
        largest: strings.sizeLargest,
      },
    },
    colours: {
      label: strings.settingsColours,
      options: { light: strings.coloursLight, dark: strings.coloursDark, yellow: strings.coloursYellow },
    },
    background: {
      label: strings.settingsBackground,
      options: { none: strings.backgroundNone, soft: strings.backgroundSoft, solid: strings.backgroundSolid },
    },
    lines: { label: strings.settingsLines, options: {} },
  };
}
