/** Audio sources: makes one of the argument of `start`, or of the media element that `for` names. */
import { isFile, isMediaElement, isUrl } from '../audio/platform-objects.js';
import type { Microphone } from '../audio/sources/microphone-choice.js';
import { createSource, type AudioInput } from '../client/index.js';
import type { StreamSource } from '../client/stt-stream.js';
import { SttError } from '../errors.js';
import type { LevelDetail } from './events.js';
import type { Attempt } from './status.js';

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

/** @param root as in `sourceFor` */
export function attemptOf(input: StartInput, needs: Pick<SourceNeeds, 'mediaId' | 'root'>): Attempt {
  const isExplicit = input !== undefined;
  const isRepeatable = !isSource(input);
  return { isExplicit, isRepeatable, recording: recordingName(input, needs) };
}

/** A file's name; of a URL and of what a media element plays, the last part of its path. */
function recordingName(input: StartInput, needs: Pick<SourceNeeds, 'mediaId' | 'root'>): string | undefined {
  if (isFile(input)) return input.name;
  const media = mediaOf(input, needs);
  const url = media ? media.currentSrc || media.src : isUrl(input) ? input.href : input;
  if (typeof url !== 'string' || !URL.canParse(url, document.baseURI)) return undefined;
  const { protocol, pathname } = new URL(url, document.baseURI);
  const name = pathname.split('/').at(-1);
  if (!name || !/^https?:$/.test(protocol)) return undefined; // blob: and data: URLs have no names
  try {
    return decodeURIComponent(name);
  } catch {
    return name; // a lone % is part of the name
  }
}

/** No object of the platform has both methods. */
function isSource(input: unknown): input is ListenSource {
  return typeof input === 'object' && input !== null && 'start' in input && 'abort' in input;
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
