/** Turns what a page gives to `start`, or names in `for`, into a source of sound. */
import { createSource, type AudioInput } from '../client/index.js';
import { SttError } from '../errors.js';
import type { ListenSource } from './controllers/listening-run.js';

/** Anything `start` takes: nothing for the microphone, a stream, a track, a media element, a recording, or a source of the page's own. */
export type StartInput = AudioInput | ListenSource;

export interface SourceNeeds {
  /** The element's `for`: whose sound is meant when `start` names none. */
  readonly mediaId: string;
  /** Which microphone; empty for the system's choice. */
  readonly deviceId: string;
  /** Where ids are looked up: the element's own document or shadow root. */
  readonly root: Node;
}

/** @throws SttError `invalid-argument` where `mediaId` names no media element, or `input` is no sound */
export function sourceFor(input: StartInput, { mediaId, deviceId, root }: SourceNeeds): ListenSource {
  if (isSource(input)) return input;
  const chosen = input ?? (mediaId ? mediaElement(mediaId, root) : undefined);
  return createSource(chosen, deviceId ? { deviceId } : {});
}

/** None of the platform's inputs has both methods. */
function isSource(input: StartInput): input is ListenSource {
  return typeof input === 'object' && 'start' in input && 'abort' in input;
}

function mediaElement(id: string, root: Node): HTMLMediaElement {
  const found = byId(id, root);
  if (found instanceof HTMLMediaElement) return found;
  const what = found ? `a <${found.localName}>` : 'no element';
  throw new SttError(
    'invalid-argument',
    `for=${JSON.stringify(id)} names ${what}, expected an <audio>, a <video> or a field to dictate into.`,
  );
}

/** The media element that `sourceFor` listens to, if it is one. */
export function mediaOf(
  input: StartInput,
  { mediaId, root }: Pick<SourceNeeds, 'mediaId' | 'root'>,
): HTMLMediaElement | undefined {
  const found = input === undefined && mediaId ? byId(mediaId, root) : input;
  return found instanceof HTMLMediaElement ? found : undefined;
}

const byId = (id: string, root: Node): HTMLElement | null =>
  root instanceof Document || root instanceof ShadowRoot ? root.getElementById(id) : null;
