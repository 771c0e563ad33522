/** A media element's sound through the page's AudioContext, for browsers that cannot capture it. */
import type { ContextLease } from './shared-context.js';

/** Kept for good: a browser allows one such node for an element, ever. */
const rerouted = new WeakMap<HTMLMediaElement, MediaElementAudioSourceNode>();

/**
 * Sends the element's sound through the context and on to the loudspeaker, once; later calls return the same node. There is
 * no way back, so the context stays open, and every `play` wakes it: without it the element would fall silent.
 *
 * @param lease of a context that runs
 * @throws DOMException `InvalidStateError` for an element that feeds another AudioContext
 */
export function reroute(element: HTMLMediaElement, lease: ContextLease): MediaElementAudioSourceNode {
  const known = rerouted.get(element);
  if (known) return known;
  const { context } = lease;
  const source = context.createMediaElementSource(element);
  const speaker = context.createGain();
  source.connect(speaker).connect(context.destination);
  const setVolume = (): void => {
    speaker.gain.value = loudness(element);
  };
  setVolume();
  element.addEventListener('volumechange', setVolume);
  element.addEventListener('play', () => {
    context.resume().catch((cause: unknown) => console.warn(`AudioContext.resume: ${String(cause)}`));
  });
  rerouted.set(element, source);
  lease.pin();
  return source;
}

/**
 * What the loudspeaker's gain has to be. WebKit's graph gets the sound as it is before `volume` and `muted`, others after
 * them. Silence twice is silence, but a volume must not be applied twice. Nothing says where it is applied; a method that
 * WebKit lacks distinguishes the browsers.
 */
function loudness({ muted, volume }: HTMLMediaElement): number {
  if (muted) return 0;
  const isApplied = ['captureStream', 'mozCaptureStream'].some((name) => name in HTMLMediaElement.prototype);
  return isApplied ? 1 : volume;
}
