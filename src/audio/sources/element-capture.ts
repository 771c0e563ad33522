/** `captureStream` of a media element, shared: in Chromium a second capture takes the sound from the first. */

/** A share in an element's capture. */
export interface ElementCapture {
  /** Its tracks come and go with the element's media. */
  readonly stream: MediaStream;
  /** The last share given back stops the capture; a second call does nothing. */
  release(): void;
}

interface Shared {
  readonly stream: MediaStream;
  users: number;
}

/** The DOM library leaves it out, since not every browser has it. */
type Capturable = HTMLMediaElement & { captureStream?: () => MediaStream };

const captures = new WeakMap<HTMLMediaElement, Shared>();

/** `null` where the browser has no `captureStream`. Throws what the browser throws for protected media. */
export function captureElement(element: HTMLMediaElement): ElementCapture | null {
  const shared = captures.get(element) ?? open(element);
  if (shared === null) return null;
  let held = true;
  shared.users++;
  return {
    stream: shared.stream,
    release: () => {
      if (!held) return;
      held = false;
      if (--shared.users > 0) return;
      if (captures.get(element) === shared) captures.delete(element);
      for (const track of shared.stream.getTracks()) track.stop();
    },
  };
}

function open(element: Capturable): Shared | null {
  if (typeof element.captureStream !== 'function') return null;
  const shared = { stream: element.captureStream(), users: 0 };
  captures.set(element, shared);
  // Chromium gives an ended capture no new tracks when the element plays again, so whoever comes then opens another.
  element.addEventListener('ended', () => captures.delete(element), { once: true });
  return shared;
}
