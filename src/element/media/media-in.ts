/** Finds the media element in a player: in a wrapper such as video.js's `<div>`, or in a custom element such as `<mux-player>`. */
import { hasMediaApi, isMediaElement } from '../../audio/platform-objects.js';
import { isElement, isHtml } from '../nodes.js';

/** Where the players' own elements keep their media element, which may be a custom element in turn. */
const PROPERTIES: readonly string[] = ['nativeEl', 'media', 'video'];

/** Where `mediaIn` looks, for error messages. */
export const LOOKED_IN = `its properties ${PROPERTIES.join(', ')}, its content, slots and open shadow roots`;

/**
 * The media element that `value` is, or the first one inside it. Text that is edited has none: a video in an editor's text
 * is not the editor's. An element that has a media element's methods itself counts as one.
 */
export function mediaIn(value: unknown): HTMLMediaElement | undefined {
  return find(value, new Set());
}

/** Whether an element is a player by its methods, and so never a field. */
export function isPlayer(element: Element): boolean {
  if (!isCustom(element)) return false;
  return 'nativeEl' in element || ['play', 'pause'].every((name) => typeof propertyOf(element, name) === 'function');
}

/** Whether an element is called a player: all that is known of it before it is upgraded. */
export const isCalledPlayer = (element: Element): boolean =>
  isCustom(element) && /audio|video|media|player/.test(element.localName);

/** The element and everything in it in which media may appear later: open shadow roots, and elements to be upgraded. */
export function* insidesOf(node: Element | ShadowRoot): Generator<Element | ShadowRoot> {
  yield node;
  if ('shadowRoot' in node && node.shadowRoot) yield* insidesOf(node.shadowRoot);
  for (const child of node.children) yield* insidesOf(child);
}

const isCustom = ({ localName }: Element): boolean => localName.includes('-');

function find(value: unknown, seen: Set<unknown>): HTMLMediaElement | undefined {
  if (isMediaElement(value)) return value;
  if (!isNode(value) || !isElement(value) || seen.has(value)) return undefined;
  seen.add(value);
  if (isHtml(value) && value.isContentEditable) return undefined;
  for (const inside of [
    ...(isCustom(value) ? PROPERTIES.map((name) => propertyOf(value, name)) : []),
    ...(isHtml(value, 'slot') ? value.assignedElements() : []),
    ...value.children,
    ...(value.shadowRoot?.children ?? []),
  ]) {
    const found = find(inside, seen);
    if (found) return found;
  }
  return hasMediaApi(value) ? value : undefined;
}

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && 'nodeType' in value;

/** Players' getters may throw before the player is ready, when there is no media yet. */
function propertyOf(element: Element, name: string): unknown {
  try {
    return Reflect.get(element, name);
  } catch {
    return undefined;
  }
}
