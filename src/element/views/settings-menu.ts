/** The menu with the visitor's settings. */
import { css, html, nothing, type TemplateResult } from 'lit';
import { SETTINGS } from './icons.js';
import { renderMenu } from './menu.js';
import type { Texts } from '../strings/language.js';
import type { Strings } from '../strings/strings.js';
import { CHOICES, SETTING_NAMES, visitorSettings, type SettingName } from '../controllers/visitor-settings.js';

/** @param more choices besides the appearance */
export function renderSettings(
  { strings, dir }: Pick<Texts, 'strings' | 'dir'>,
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
  return renderMenu({ name: 'settings', label: strings.settings, icon: SETTINGS, dir, content });
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

export const settingsMenuStyles = css`
  .choice {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: space-between;
    gap: 0.75rem;
    padding: 0.3rem 0.75rem;
  }

  select {
    flex: 0 1 auto;
    min-inline-size: min(9.9em, 100%);
    max-inline-size: 100%;
    min-block-size: 40px;
    padding: 0.25em 0.45em;
    border: 1px solid color-mix(in srgb, CanvasText 45%, Canvas);
    border-radius: 0.5rem;
    background: Canvas;
    color: CanvasText;
    font: inherit;
    font-size: 0.95em;
  }

  .note {
    margin: 0.4rem 0.75rem;
    font-size: 0.85em;
  }
`;

/**
 * What the visitor chose, as `data-*` on the root. It overrides the page's `--kyutai-stt-*` and `::part()`: an important
 * declaration in a shadow root precedes every rule of the page.
 */
export const visitorSettingsStyles = css`
  .root[data-size] [part~='captions'] {
    font-size: calc(var(--_caption-size) * var(--_scale)) !important;
  }

  [data-size='small'] {
    --_scale: 0.8;
  }

  [data-size='large'] {
    --_scale: 1.35;
  }

  [data-size='larger'] {
    --_scale: 1.8;
  }

  [data-size='largest'] {
    --_scale: 2.5;
  }

  .root[data-lines] .captions {
    --_lines: var(--_chosen-lines) !important;
    block-size: auto !important;
    min-block-size: calc(var(--_lines) * 1lh) !important;
  }

  [data-lines='1'] {
    --_chosen-lines: 1;
  }

  [data-lines='2'] {
    --_chosen-lines: 2;
  }

  [data-lines='3'] {
    --_chosen-lines: 3;
  }

  [data-lines='4'] {
    --_chosen-lines: 4;
  }

  [data-lines='5'] {
    --_chosen-lines: 5;
  }

  [data-colours='light'] {
    --_ink: #000;
    --_ground: #fff;
  }

  [data-colours='dark'] {
    --_ink: #fff;
    --_ground: #000;
  }

  [data-colours='yellow'] {
    --_ink: #ff0;
    --_ground: #000;
  }

  .root[data-colours] [part~='captions'],
  .root[data-colours] [part~='captions'] * {
    color: var(--_ink) !important;
  }

  .root[data-colours] [part~='captions'] {
    --_surface: var(--_ground);
    border-color: var(--_ink) !important;
    background: var(--_ground) !important;
  }

  .root[data-colours] .stage [part~='latest'] {
    background: var(--_ground) !important;
    color: var(--_ink) !important;
  }

  .root[data-background='none'] [part~='captions'] {
    border-color: transparent !important;
    background: none !important;
  }

  /* An outline keeps the letters legible on any background of the page. */
  .root[data-background='none'][data-colours] [part~='captions'] {
    text-shadow:
      0 0 0.12em var(--_ground),
      0 0 0.25em var(--_ground),
      0 0 0.4em var(--_ground);
  }

  .root[data-background='none']:not([data-colours]) [part~='captions'] {
    color: inherit !important;
  }

  .root[data-background='soft'] [part~='captions'] {
    background: color-mix(in srgb, var(--_ground, Canvas) 75%, transparent) !important;
  }

  .root[data-background='solid'] [part~='captions'] {
    background: var(--_ground, Canvas) !important;
  }
`;
