/** Style sheets of a shadow root in any document: one accepts only sheets that its own window has constructed. */
import type { CSSResultOrNative } from 'lit';

const sheets = new WeakMap<Document, Map<CSSResultOrNative, CSSStyleSheet>>();

/** Applies `styles` in the document that `root` is in now. */
export function adoptStyles(root: ShadowRoot, styles: readonly CSSResultOrNative[]): void {
  const { ownerDocument } = root;
  const view = ownerDocument.defaultView;
  if (!view || !('adoptedStyleSheets' in root)) return; // not drawn: no window, or the DOM of a unit test
  const known = sheets.get(ownerDocument) ?? new Map<CSSResultOrNative, CSSStyleSheet>();
  sheets.set(ownerDocument, known);
  root.adoptedStyleSheets = styles.map((style) => {
    const sheet = known.get(style) ?? new view.CSSStyleSheet();
    if (!known.has(style)) sheet.replaceSync(textOf(style));
    known.set(style, sheet);
    return sheet;
  });
}

function textOf(style: CSSResultOrNative): string {
  return 'cssRules' in style ? [...style.cssRules].map(({ cssText }) => cssText).join('\n') : style.cssText;
}
