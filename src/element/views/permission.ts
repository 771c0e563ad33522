/**
 * The browser's own microphone button (`<microphone>`), where it exists. After a refusal `getUserMedia` no longer prompts,
 * but a click on this button, which the browser renders, prompts again.
 */
import { css, html, nothing, type TemplateResult } from 'lit';
import { policyAllowsMicrophone } from '../../audio/sources/microphone-policy.js';
import type { SttError } from '../../errors.js';
import type { Status } from '../status.js';

/** From the Media Capture extensions; missing from the DOM library. */
interface MicrophoneElement extends HTMLElement {
  readonly track: MediaStreamTrack | null;
}

export interface PermissionModel {
  readonly status: Status;
  readonly disabled: boolean;
  /** Language of the button's text, which the browser supplies. */
  readonly lang: string | undefined;
}

/** Renders the button after a refusal. `allowed` is called when the visitor has granted the permission. */
export function renderPermission(
  { status, disabled, lang }: PermissionModel,
  allowed: () => void,
): TemplateResult | typeof nothing {
  if (status.name !== 'failed' || disabled || !wasRefused(status.error) || !mayAsk()) return nothing;
  const given = ({ currentTarget }: Event): void => {
    // Only the permission is needed: this track is processed audio from a device of the browser's choice.
    (currentTarget as MicrophoneElement).track?.stop();
    allowed();
  };
  // For example in a cross-origin frame, where Chromium renders the button but rejects its clicks.
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

/** Whether getUserMedia failed. An autoplay block has the same code, but no DOMException as its cause. */
function wasRefused({ code, cause }: SttError): boolean {
  return code === 'not-allowed' && cause instanceof DOMException;
}

/** False in a frame without the microphone permission, where the button would have no effect. */
function mayAsk(): boolean {
  return 'HTMLMicrophoneElement' in globalThis && policyAllowsMicrophone() !== false;
}

export const permissionStyles = css`
  /* The browser renders it, and ignores clicks if it is too small or has too little contrast. */
  .permission {
    margin-block-start: var(--_gap);
    border-radius: 999px;
  }
`;
