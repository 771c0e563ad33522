/** Prepares a page for a picture, in every browser. */
import type { Shot } from './states.js';

/** The page's style, with additions for pictures. */
export function styleOf({ css = '' }: Shot): string {
  return `:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif } body { margin: 1rem } ${css}`;
}

export interface Prepared {
  readonly settings: Readonly<Record<string, string>> | null;
  readonly refuse: string | null;
}

export function preparationOf({ settings, refuse }: Shot): Prepared {
  return { settings: settings ?? null, refuse: refuse ?? null };
}

/** Runs in the page before its script: stores the visitor's settings, and denies permissions. */
export function prepare({ settings, refuse }: Prepared): void {
  if (settings) localStorage.setItem('kyutai-stt-settings', JSON.stringify(settings));
  if (refuse === 'storage') Object.defineProperty(globalThis, 'localStorage', { value: undefined });
  if (refuse === 'microphone')
    navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('Refused', 'NotAllowedError'));
}
