/** Audio sources: makes one of the argument of `start`, or of the media element that `for` names. */
import { isMediaElement } from '../audio/platform-objects.js';
import type { Microphone } from '../audio/sources/microphone-choice.js';
import { createSource, type AudioInput } from '../client/index.js';
import type { StreamSource } from '../client/stt-stream.js';
import { SttError } from '../errors.js';
import type { LevelDetail } from './events.js';

/** An audio source of the element. The callbacks, all optional, drive the meter and the events. */
export interface ListenSource extends StreamSource {
  onlevel?: ((level: LevelDetail) => void) | null;
  onsilent?: ((silent: boolean) => void) | null;
  ondevice?: ((device: Microphone) => void) | null;
}

/** What `start` accepts: undefined for the microphone, a stream, a track, a media element, a recording, or a custom source. */
export type StartInput = AudioInput | ListenSource;

interface SourceNeeds {
  /** The element's `for`: the media element to listen to when `start` has no argument. */
  readonly mediaId: string;
  /** Which microphone; empty for the default one. */
  readonly deviceId: string;
  /** The document or shadow root in which `mediaId` is looked up. */
  readonly root: Node;
}

/** @throws SttError `invalid-argument` if `mediaId` does not name a media element, or `input` is not a supported audio source */
export function sourceFor(input: StartInput, { mediaId, deviceId, root }: SourceNeeds): ListenSource {
  if (isSource(input)) return input;
  const chosen = input ?? (mediaId ? mediaElement(mediaId, root) : undefined);
  return createSource(chosen, deviceId ? { deviceId } : {});
}

/** No object of the platform has both methods. */
function isSource(input: StartInput): input is ListenSource {
  return typeof input === 'object' && 'start' in input && 'abort' in input;
}

function mediaElement(id: string, root: Node): HTMLMediaElement {
  const found = byId(id, root);
  if (isMediaElement(found)) return found;
  const what = found ? `a <${found.localName}>` : 'no element';
  throw new SttError(
    'invalid-argument',
    `for=${JSON.stringify(id)} names ${what}, expected an <audio>, a <video> or a field to dictate into.`,
  );
}

/** The media element that `sourceFor` listens to, if any. */
export function mediaOf(
  input: StartInput,
  { mediaId, root }: Pick<SourceNeeds, 'mediaId' | 'root'>,
): HTMLMediaElement | undefined {
  const found = input === undefined && mediaId ? byId(mediaId, root) : input;
  return isMediaElement(found) ? found : undefined;
}

/** Only a document and a shadow root have ids. */
const byId = (id: string, root: Node): HTMLElement | null =>
  'getElementById' in root ? (root as Document | ShadowRoot).getElementById(id) : null;
