/** Decides whether a media element still plays the same media after it was emptied or reloaded. */
import { streamOf } from '../../audio/sources/element-capture.js';
import { isShadowRoot } from '../nodes.js';

/** What identifies the media of an element. */
export interface MediaIdentity {
  /** The address, without its fragment; empty where there is none. */
  readonly url: string;
  readonly stream: object | null;
  /** The `src` of the media custom element around it. */
  readonly host: string | null;
  /** Seconds; NaN before the metadata is loaded. */
  readonly duration: number;
}

/** Durations of the same media differ by no more, seconds: a player may have rounded its manifest. */
const TOLERANCE = 0.1;

export function identityOf(media: HTMLMediaElement): MediaIdentity {
  const { currentSrc, src, duration } = media;
  const root = media.getRootNode();
  const host = isShadowRoot(root) ? root.host.getAttribute('src') : null;
  const stream = streamOf(media);
  return { url: stream ? '' : (currentSrc || src || '').replace(/#.*/s, ''), stream, host, duration };
}

/**
 * Undefined until it can be known. A page's address decides, or that of the custom element around a player's video. A
 * player with Media Source Extensions gives the same media another `blob:` address each time it attaches it, as hls.js does to
 * recover from an error: then the same duration means the same media.
 */
export function isSameMedia(before: MediaIdentity, now: MediaIdentity): boolean | undefined {
  // The clock of a stream starts again when it is attached again; the caller knows whether it was.
  if (before.stream || now.stream) return before.stream === now.stream;
  if (before.url === now.url && now.url !== '') return true;
  if (before.host !== null && now.host !== null) return before.host === now.host;
  const isUnnamed = (url: string): boolean => url === '' || url.startsWith('blob:');
  if (!isUnnamed(before.url) || !isUnnamed(now.url)) return now.url === '' ? undefined : false;
  if (Number.isNaN(now.duration)) return undefined;
  return now.duration === before.duration || Math.abs(now.duration - before.duration) < TOLERANCE;
}
