/** Reroutes a media element's audio through the page's AudioContext, in browsers without `captureStream`. */
import type { ContextLease } from './shared-context.js';

/** Never removed: browsers allow only one such node per element. */
const rerouted = new WeakMap<HTMLMediaElement, MediaElementAudioSourceNode>();

/**
 * Routes the element's audio through the context to the speakers, once; later calls return the same node. This cannot be
 * undone, so the context stays open and every `play` resumes it: otherwise the element would be silent.
 *
 * @param lease of a running context
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
    speaker.gain.value = speakerGain(element);
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
 * The gain of the node before the speakers. WebKit's graph receives the audio before `volume` and `muted` are applied, other
 * browsers' after, and the volume must not be applied twice. There is no way to detect this, so WebKit is recognised by a
 * method it lacks.
 */
function speakerGain({ muted, volume }: HTMLMediaElement): number {
  if (muted) return 0;
  const isApplied = ['captureStream', 'mozCaptureStream'].some((name) => name in HTMLMediaElement.prototype);
  return isApplied ? 1 : volume;
}
