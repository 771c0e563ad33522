/** Shares one `captureStream` per media element: in Chromium a second capture silences the first. */

/** One user's lease of an element's capture. */
export interface ElementCapture {
  /** Tracks are added and removed with the element's media. */
  readonly stream: MediaStream;
  /** Called with the stream that replaces `stream`. */
  onrenewed: ((stream: MediaStream) => void) | null;
  /** The last release stops the capture. A second call does nothing. */
  release(): void;
}

interface Shared {
  stream: MediaStream;
  readonly users: Set<ElementCapture>;
  /** Aborted with the last release. */
  readonly over: AbortController;
}

/** Missing from the DOM library, because not every browser has it. */
type Capturable = HTMLMediaElement & { captureStream(): MediaStream };

/** How far before `duration` an element may stop that has played to its end, seconds. */
const END_TOLERANCE = 0.1;

const captures = new WeakMap<HTMLMediaElement, Shared>();

/** Captures an element that plays a `src`, not a MediaStream; `null` if the browser has no `captureStream`. Throws the browser's exception for protected media. */
export function captureElement(element: HTMLMediaElement): ElementCapture | null {
  if (!canCapture(element)) return null;
  const shared = captures.get(element) ?? open(element);
  const capture: ElementCapture = {
    get stream() {
      return shared.stream;
    },
    onrenewed: null,
    release: () => {
      if (!shared.users.delete(capture) || shared.users.size > 0) return;
      if (captures.get(element) === shared) captures.delete(element);
      shared.over.abort();
      stop(shared.stream);
    },
  };
  shared.users.add(capture);
  return capture;
}

/** Safari and Firefox before 149 have no `captureStream`. */
export const canCapture = (element: HTMLMediaElement): element is Capturable =>
  typeof (element as Partial<Capturable>).captureStream === 'function';

function open(element: Capturable): Shared {
  const shared: Shared = { stream: capture(element), users: new Set(), over: new AbortController() };
  const { signal } = shared.over;
  captures.set(element, shared);
  // Chromium adds no tracks to an ended capture when the element plays again, so the next user opens another.
  element.addEventListener('ended', () => captures.delete(element), { once: true, signal });
  // A capture opened between that end and the next `play` has tracks, but they stay silent.
  if (element.paused && hasPlayedToItsEnd(element)) {
    element.addEventListener('play', () => renew(element, shared), { once: true, signal });
  }
  return shared;
}

/**
 * For the rest of the element's life Chromium updates a capture: when the element plays a MediaStream it adds tracks over
 * that stream's components, and with the next media it stops them, which ends the page's own tracks. So they are removed.
 */
function capture(element: Capturable): MediaStream {
  const stream = element.captureStream();
  element.addEventListener('loadedmetadata', () => {
    if (!streamOf(element)) return;
    for (const track of stream.getTracks()) stream.removeTrack(track);
  });
  return stream;
}

/** True even if the element was rewound since. */
function hasPlayedToItsEnd({ ended, played, duration }: HTMLMediaElement): boolean {
  return ended || (played.length > 0 && played.end(played.length - 1) > duration - END_TOLERANCE);
}

function renew(element: Capturable, shared: Shared): void {
  stop(shared.stream);
  shared.stream = capture(element);
  for (const { onrenewed } of shared.users) onrenewed?.(shared.stream);
}

function stop(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}

/** The MediaStream that the element plays, which may come from another document. */
export function streamOf({ srcObject }: HTMLMediaElement): MediaStream | null {
  return srcObject && 'getAudioTracks' in srcObject ? srcObject : null;
}
