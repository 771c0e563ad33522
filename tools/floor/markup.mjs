/** The elements and attributes that HTML and SVG use, in a page or in a template of Lit's. */
import { html as HTML, parse, parseFragment } from 'parse5';
import { featureAt, featuresNamed } from './compat.mjs';

const GLOBAL = { [HTML.NS.HTML]: ['html', 'global_attributes'], [HTML.NS.SVG]: ['svg', 'global_attributes'] };
const TREES = { [HTML.NS.HTML]: ['html', 'elements'], [HTML.NS.SVG]: ['svg', 'elements'] };

/**
 * @param {string} text
 * @param {'page' | 'template' | 'svg'} kind
 * @param {(use: { feature: string, line: number } | { candidates: string[], line: number }) => void} emit line from 1
 * @returns {{ styles: { text: string, line: number }[], scripts: number[] }} style sheets, and the lines of scripts, in the markup
 */
export function readMarkup(text, kind, emit) {
  const options = { sourceCodeLocationInfo: true };
  const found = { styles: [], scripts: [] };
  const tree =
    kind === 'page' ? parse(text, options) : parseFragment(kind === 'svg' ? `<svg>${text}</svg>` : text, options);
  visit(tree, emit, found);
  return found;
}

function visit(node, emit, found) {
  if (node.tagName && node.sourceCodeLocation) readElement(node, emit, found);
  for (const child of node.childNodes ?? []) visit(child, emit, found);
  if (node.content) visit(node.content, emit, found);
}

function readElement({ tagName, attrs, namespaceURI, sourceCodeLocation, childNodes }, emit, found) {
  const tree = TREES[namespaceURI];
  if (!tree) return;
  const line = sourceCodeLocation.startLine;
  const use = (...path) => {
    if (featureAt(...path)?.__compat) emit({ feature: path.join('.'), line });
  };
  use(...tree, tagName);
  for (const { name, value } of attrs) {
    const [mark, rest] = /^[@.?]/.test(name) ? [name[0], name.slice(1)] : ['', name];
    if (mark === '@') emit({ candidates: featuresNamed(`${rest}_event`), line });
    else if (mark === '.') emit({ candidates: featuresNamed(rest), line });
    else {
      for (const path of [
        [...tree, tagName, rest],
        [...GLOBAL[namespaceURI], rest],
      ]) {
        use(...path);
        use(...path, value);
        use(...path, `${rest}_${value}`);
      }
      use(...tree, tagName, `${rest}_${value}`);
      if (name === 'style' && !value.includes('-value-')) found.styles.push({ text: `* { ${value} }`, line });
    }
  }
  const [content] = childNodes ?? [];
  if (tagName === 'style' && content)
    found.styles.push({ text: content.value, line: content.sourceCodeLocation.startLine });
  if (tagName === 'script' && content?.value.trim()) found.scripts.push(line);
}
