/** Audio sources: makes one of the argument of `start`, or of the media element that `for` names. */
import { isFile, isUrl } from '../audio/platform-objects.js';
import type { Microphone } from '../audio/sources/microphone-choice.js';
import { createSource, type AudioInput } from '../client/index.js';
import type { StreamSource } from '../client/stt-stream.js';
import { SttError } from '../errors.js';
import type { LevelDetail } from './events.js';
import { LOOKED_IN, mediaIn } from './media/media-in.js';
import { isElement, isTreeScope, nameOf } from './nodes.js';
import type { Attempt } from './status.js';

/** An audio source of the element. The callbacks, all optional, drive the meter and the events. */
export interface ListenSource extends StreamSource {
  onlevel?: ((level: LevelDetail) => void) | null;
  onsilent?: ((silent: boolean) => void) | null;
  ondevice?: ((device: Microphone) => void) | null;
}

/**
 * What `start` accepts: undefined for the microphone, a stream, a track, a media element or one that contains it, a
 * recording, or a custom source.
 */
export type StartInput = AudioInput | HTMLElement | ListenSource;

interface SourceNeeds {
  /** The element's `for`: the media element to listen to when `start` has no argument. */
  readonly mediaId: string;
  /** Which microphone; empty for the default one. */
  readonly deviceId: string;
  /** As in `SttClientOptions`; empty for the default. */
  readonly assets: string;
  /** The document or shadow root in which `mediaId` is looked up. */
  readonly root: Node;
}

/** @throws SttError `invalid-argument` if `mediaId` does not name a media element, or `input` is not a supported audio source */
export function sourceFor(input: StartInput, { mediaId, deviceId, assets, root }: SourceNeeds): ListenSource {
  const options = { ...(deviceId && { deviceId }), ...(assets && { assets }) };
  if (isElementInput(input)) return createSource(mediaOfElement(input, 'start() was given'), options);
  if (isSource(input)) return input;
  const chosen = input ?? (mediaId ? mediaElement(mediaId, root) : undefined);
  return createSource(chosen, options);
}

const isElementInput = (input: unknown): input is HTMLElement =>
  typeof input === 'object' && input !== null && 'nodeType' in input && isElement(input as Node);

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
  const names = `for=${JSON.stringify(id)} names`;
  if (found) return mediaOfElement(found, names);
  throw new SttError(
    'invalid-argument',
    `${names} no element, expected an <audio>, a <video> or a field to dictate into.`,
  );
}

/** @param names what led to the element, for the error */
function mediaOfElement(element: Element, names: string): HTMLMediaElement {
  const media = mediaIn(element);
  if (media) return media;
  const isComing = element.matches(':not(:defined)') ? ' (not defined yet)' : '';
  throw new SttError(
    'invalid-argument',
    `${names} ${nameOf(element)}${isComing}, which contains no media element: found none in ${LOOKED_IN}; expected an ` +
      '<audio>, a <video> or a player that contains one. Start when the player is ready, or pass its media element to start().',
  );
}

/** The media element that `sourceFor` listens to, if any. */
export const mediaOf = (
  input: StartInput,
  { mediaId, root }: Pick<SourceNeeds, 'mediaId' | 'root'>,
): HTMLMediaElement | undefined => mediaIn(input === undefined && mediaId ? byId(mediaId, root) : input);

const byId = (id: string, root: Node): HTMLElement | null => (isTreeScope(root) ? root.getElementById(id) : null);
