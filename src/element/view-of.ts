/** The window that lays out and draws an element: not the page's own in a picture-in-picture window, a pop-up or an iframe. */

/** Observers and animation frames of another window may never run: it may be hidden while this one is visible. */
export function viewOf(element: Element): Window & typeof globalThis {
  return element.ownerDocument.defaultView ?? window;
}
