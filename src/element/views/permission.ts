/**
 * The browser's own microphone button, where it has one. Who has refused a page is not asked again, however often it
 * asks; but a click on a button that the browser draws is the visitor's word, and is asked about once more.
 */
import { css, html, nothing, type TemplateResult } from 'lit';
import type { SttError } from '../../errors.js';
import type { Status } from '../status.js';

/** As in the Media Capture extensions; the DOM library does not know it yet. */
interface MicrophoneElement extends HTMLElement {
  readonly track: MediaStreamTrack | null;
}

export interface PermissionModel {
  readonly status: Status;
  readonly disabled: boolean;
  /** Of the button, which brings its own text. */
  readonly lang: string | undefined;
}

/** Nothing but where a microphone was refused and the browser has the button. `allowed`: the visitor has changed their mind. */
export function renderPermission(
  { status, disabled, lang }: PermissionModel,
  allowed: () => void,
): TemplateResult | typeof nothing {
  if (status.name !== 'failed' || disabled || !wasRefused(status.error) || !mayAsk()) return nothing;
  const given = ({ currentTarget }: Event): void => {
    // It asks for the permission only: this sound is processed, and of a device of the browser's choice.
    (currentTarget as MicrophoneElement).track?.stop();
    allowed();
  };
  // As in a frame of another origin, where Chromium draws it and refuses its clicks.
  const broken = ({ currentTarget }: Event): void => {
    (currentTarget as MicrophoneElement).hidden = true;
  };
  return html`<microphone
    part="permission"
    class="permission"
    lang=${lang ?? nothing}
    @track=${given}
    @error=${broken}
  ></microphone>`;
}

/** By the visitor, and not by a page's policy for sound that plays by itself, which has no such cause. */
function wasRefused({ code, cause }: SttError): boolean {
  return code === 'not-allowed' && cause instanceof DOMException;
}

/** In a frame that was not given the microphone the button could do nothing. */
function mayAsk(): boolean {
  const { featurePolicy } = document as { featurePolicy?: { allowsFeature(feature: string): boolean } };
  return 'HTMLMicrophoneElement' in globalThis && featurePolicy?.allowsFeature('microphone') !== false;
}

export const permissionStyles = css`
  /* The browser draws it, and takes no clicks on one that is made too small or too pale. */
  .permission {
    margin-block-start: var(--_gap);
    border-radius: 999px;
  }
`;
