/** Kinds of nodes, tested by brand: `instanceof` is false for the nodes of another window, as in an iframe. */

export const isText = (node: Node): node is Text => node.nodeType === Node.TEXT_NODE;

export const isElement = (node: Node): node is Element => node.nodeType === Node.ELEMENT_NODE;

export const isShadowRoot = (node: Node): node is ShadowRoot =>
  node.nodeType === Node.DOCUMENT_FRAGMENT_NODE && 'host' in node;

/** Whether ids can be looked up in `node`. */
export const isTreeScope = (node: Node): node is Document | ShadowRoot =>
  node.nodeType === Node.DOCUMENT_NODE || isShadowRoot(node);

/** Whether `node` is an HTML element, with one of the `names` if there are any. */
export function isHtml(node: Node): node is HTMLElement;
export function isHtml<K extends keyof HTMLElementTagNameMap>(
  node: Node,
  ...names: readonly K[]
): node is HTMLElementTagNameMap[K];
export function isHtml(node: Node, ...names: readonly string[]): boolean {
  if (!isElement(node) || node.namespaceURI !== 'http://www.w3.org/1999/xhtml') return false;
  return names.length === 0 || names.includes(node.localName);
}

/** `<input id="age" type="number">`, for error messages. */
export function nameOf(element: Element): string {
  const attributes = ['id', 'name', 'type'].filter((name) => element.hasAttribute(name));
  const written = attributes.map((name) => ` ${name}=${JSON.stringify(element.getAttribute(name))}`);
  return `<${element.localName}${written.join('')}>`;
}
