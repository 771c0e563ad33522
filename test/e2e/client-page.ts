/** Drives `pages/client.html`. */
import type { Frame, Page } from 'playwright';
import type { EngineInfo } from '../../src/protocol/model.js';

export interface Outcome {
  readonly text: string;
  readonly info: EngineInfo;
  readonly host: { readonly kind: string; readonly reason: string };
  readonly isolated: boolean;
  /** Set instead of the other properties if it failed. */
  readonly code?: string;
  readonly message?: string;
  readonly remedy?: string;
}

export interface Transcribing {
  readonly model?: string;
  readonly backend?: 'wasm' | 'webgpu';
  readonly worker?: 'shared' | 'dedicated';
  /** Duration of the stream; for the microphone, which does not end by itself. */
  readonly seconds?: number;
}

declare global {
  var hostFor: (model: string) => Promise<Outcome['host'] | undefined>;
  var transcribe: (url: string | undefined, options: Transcribing) => Promise<Outcome>;
}

/** Transcribes a clip, or the microphone, with a new client. */
export async function transcribe(page: Page | Frame, clip?: string, options: Transcribing = {}): Promise<Outcome> {
  await page.waitForFunction(() => 'transcribe' in globalThis);
  return page.evaluate(([url, wanted]) => globalThis.transcribe(url, wanted), [
    clip && `../clips/${clip}.wav`,
    options,
  ] as const);
}

/** The worker that a new client chooses for a model, which need not load. */
export async function hostFor(page: Page, model: string): Promise<Outcome['host'] | undefined> {
  await page.waitForFunction(() => 'hostFor' in globalThis);
  return page.evaluate((url) => globalThis.hostFor(url), model);
}
