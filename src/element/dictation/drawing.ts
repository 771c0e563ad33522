/** Waits for an editor that cancels `beforeinput` and inserts the text itself, in its model first and on the page later. */

/** How long an editor may take to draw a word. Then the word counts as rejected. */
const DRAWING_MS = 300;

/** Resolves once `isDrawn`, and at the latest after `DRAWING_MS`. `isDrawn` is called after each change of the field. */
export async function drawn(element: HTMLElement, isDrawn: () => boolean): Promise<void> {
  await Promise.resolve();
  if (isDrawn()) return;
  const page = element.ownerDocument;
  const controller = new AbortController();
  const { signal } = controller;
  await new Promise<void>((resolve) => {
    const check = (): void => {
      if (isDrawn()) resolve();
    };
    const observer = new MutationObserver(check);
    observer.observe(element, { subtree: true, childList: true, characterData: true });
    page.addEventListener('selectionchange', check, { signal });
    element.addEventListener('input', check, { signal });
    const timer = setTimeout(resolve, DRAWING_MS);
    signal.addEventListener('abort', () => {
      observer.disconnect();
      clearTimeout(timer);
    });
  });
  controller.abort();
}
