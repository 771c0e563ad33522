/** Audio sources: makes one of the argument of `start`, or of the media element that `for` names. */
import { isFile, isUrl } from '../audio/platform-objects.js';
import { FileSource } from '../audio/sources/file.js';
import type { RecordingInput } from '../audio/sources/read-recording.js';
import { createSource, type AudioInput } from '../client/index.js';
import { inLane, SttError } from '../errors.js';
import type { LaneSource, LanesSource, ListenSource, RunSource } from './listen-source.js';
import { LOOKED_IN, mediaIn } from './media/media-in.js';
import { isElement, isTreeScope, nameOf } from './nodes.js';
import type { Attempt } from './status.js';

/** One source: undefined for the microphone, a stream, a track, a media element or one that contains it, a recording, or a custom source. */
type SingleInput = AudioInput | HTMLElement | ListenSource;

/** One of several sources that are transcribed together. */
export interface Lane {
  /** As the argument of `start`. */
  readonly source: SingleInput;
  /** The name of its speaker in captions, transcript and files. Default: the lane's number, from 1. */
  readonly label?: string;
  /** Of a recording: the channel to listen to, from 0. Default: the mix of all. */
  readonly channel?: number;
}

/** Several sources, transcribed into one transcript. */
export interface LanesInput {
  readonly lanes: readonly Lane[];
  /** `drop` (default): a word that another lane said within the second before is left out, as what a microphone hears of a loudspeaker. */
  readonly echo?: 'drop' | 'keep';
}

/** What `start` accepts: one source, or several lanes. */
export type StartInput = SingleInput | LanesInput;

export type { LaneHandlers, ListenSource, RunSource, RunStream } from './listen-source.js';

interface SourceNeeds {
  /** The element's `for`: the media element to listen to when `start` has no argument. */
  readonly mediaId: string;
  /** Which microphone; empty for the default one. */
  readonly deviceId: string;
  /** As in `SttClientOptions`; empty for the default. */
  readonly assets: string;
  /** The document or shadow root in which `mediaId` is looked up. */
  readonly root: Node;
  /** Whether the browser removes from a microphone what the loudspeaker plays. */
  readonly echoCancellation?: boolean;
}

/** @throws SttError `invalid-argument` if `mediaId` does not name a media element, or `input` is not a supported audio source */
export function sourceFor(input: StartInput, needs: SourceNeeds): RunSource {
  return isLanes(input) ? lanesFor(input, { ...needs, echoCancellation: true }) : singleSource(input, needs);
}

function singleSource(input: SingleInput, needs: SourceNeeds): ListenSource {
  const { mediaId, deviceId, assets, root, echoCancellation = false } = needs;
  const options = { echoCancellation, ...(deviceId && { deviceId }), ...(assets && { assets }) };
  if (isElementInput(input)) return createSource(mediaOfElement(input, 'start() was given'), options);
  if (isSource(input)) return input;
  const chosen = input ?? (mediaId ? mediaElement(mediaId, root) : undefined);
  return createSource(chosen, options);
}

const isLanes = (input: unknown): input is LanesInput =>
  typeof input === 'object' && input !== null && 'lanes' in input;

/** The sources are created and prepared in the click, which asks for a tab. What merges them is loaded meanwhile. */
function lanesFor({ lanes, echo }: LanesInput, needs: SourceNeeds): LanesSource {
  if (!Array.isArray(lanes) || lanes.length === 0) throw notLanes('lanes', lanes, 'an array of { source, label }');
  const code = import('./lanes/open-lanes.js').catch((cause: unknown) => {
    throw SttError.from(cause, 'element.open-lanes.js, expected beside the script, could not be loaded', 'network');
  });
  code.catch(() => undefined); // `open` rejects with it
  const shared = new Map<never, never>();
  const sourceOf = ({ source: input, channel }: Lane): ListenSource => {
    const source = singleSource(input, needs);
    if (channel === undefined) return source;
    if (source.kind !== 'file' || !Number.isInteger(channel) || channel < 0)
      throw new SttError(
        'invalid-argument',
        `channel is ${channel}, source a ${source.kind}; expected channel 0, 1 … of a recording`,
      );
    return new FileSource(input as RecordingInput, async (signal) =>
      (await code).readChannel(input as RecordingInput, channel, shared, signal),
    );
  };
  const all = lanes.map((lane: Lane, index): LaneSource => {
    if (!('source' in Object(lane))) throw notLanes(`lanes[${index}]`, lane, '{ source, label }');
    const { label = '' }: { readonly label?: unknown } = lane;
    const speaker = String(label).replace(/\s+/g, ' ').trim() || String(index + 1);
    try {
      return { speaker, source: sourceOf(lane) };
    } catch (cause) {
      throw inLane(SttError.from(cause, 'start()', 'invalid-argument'), speaker);
    }
  });
  const source: LanesSource = {
    kind: all.every((lane) => lane.source.kind === 'file') ? 'file' : 'lanes',
    lanes: all,
    echo,
    onerror: null,
    async prepare(signal) {
      const work = all.map(async (lane) => {
        // A microphone is opened after the download, as without lanes.
        if (lane.source.kind === 'microphone') return;
        try {
          await lane.source.prepare?.(signal);
        } catch (cause) {
          throw inLane(cause, lane.speaker);
        }
      });
      await Promise.all(work);
    },
    abort() {
      for (const lane of all) lane.source.abort();
    },
    open: async (...args) => (await code).openLanes(source, ...args),
  };
  return source;
}

const notLanes = (what: string, found: unknown, expected: string): SttError =>
  new SttError('invalid-argument', `${what} is ${String(found) || '[]'}, expected ${expected}`);

const isElementInput = (input: unknown): input is HTMLElement =>
  typeof input === 'object' && input !== null && 'nodeType' in input && isElement(input as Node);

/** @param root as in `sourceFor` */
export function attemptOf(input: StartInput, needs: Pick<SourceNeeds, 'mediaId' | 'root'>): Attempt {
  const isExplicit = input !== undefined;
  const sources: unknown[] = isLanes(input) ? [input.lanes].flat().map((lane?: Lane) => lane?.source) : [input];
  const isRepeatable = !sources.some(isSource);
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
