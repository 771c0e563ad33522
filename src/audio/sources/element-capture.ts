/** `captureStream` of a media element, shared: in Chromium a second capture takes the sound from the first. */

/** A share in an element's capture. */
export interface ElementCapture {
  /** Its tracks come and go with the element's media. */
  readonly stream: MediaStream;
  /** Called with the stream that takes the place of the first. */
  onrenewed: ((stream: MediaStream) => void) | null;
  /** The last share given back stops the capture; a second call does nothing. */
  release(): void;
}

interface Shared {
  stream: MediaStream;
  readonly users: Set<ElementCapture>;
}

/** The DOM library leaves it out, since not every browser has it. */
type Capturable = HTMLMediaElement & { captureStream(): MediaStream };

/** Seconds before its end where an element may stop that has played to it. */
const NEARLY = 0.1;

const captures = new WeakMap<HTMLMediaElement, Shared>();

/** `null` where the browser has no `captureStream`. Throws what the browser throws for protected media. */
export function captureElement(element: HTMLMediaElement): ElementCapture | null {
  if (!canCapture(element)) return null;
  const shared = captures.get(element) ?? open(element);
  const share: ElementCapture = {
    get stream() {
      return shared.stream;
    },
    onrenewed: null,
    release: () => {
      if (!shared.users.delete(share) || shared.users.size > 0) return;
      if (captures.get(element) === shared) captures.delete(element);
      stop(shared.stream);
    },
  };
  shared.users.add(share);
  return share;
}

/** Safari cannot, nor could Firefox before 149. */
export const canCapture = (element: HTMLMediaElement): element is Capturable =>
  typeof (element as Partial<Capturable>).captureStream === 'function';

function open(element: Capturable): Shared {
  const shared: Shared = { stream: element.captureStream(), users: new Set() };
  captures.set(element, shared);
  // Chromium gives an ended capture no new tracks when the element plays again, so whoever comes then opens another.
  element.addEventListener('ended', () => captures.delete(element), { once: true });
  // And one that is opened between that end and the next play has tracks, but they stay silent.
  if (element.paused && hasPlayedToItsEnd(element)) {
    element.addEventListener('play', () => renew(element, shared), { once: true });
  }
  return shared;
}

/** Also where it was brought back to its start since. */
function hasPlayedToItsEnd({ ended, played, duration }: HTMLMediaElement): boolean {
  return ended || (played.length > 0 && played.end(played.length - 1) > duration - NEARLY);
}

function renew(element: Capturable, shared: Shared): void {
  if (shared.users.size === 0) return;
  stop(shared.stream);
  shared.stream = element.captureStream();
  for (const { onrenewed } of shared.users) onrenewed?.(shared.stream);
}

function stop(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
