/** Finds the features that a style sheet, a selector or a media query uses. */
import { generate, parse, walk } from 'css-tree';
import { featureAt, featuresBelow } from './compat.mjs';

/** CSS names that differ in the compatibility data. */
const SELECTORS = { '+': 'next-sibling', '~': 'subsequent-sibling', '>': 'child', '||': 'column-combinator' };
const CONTAINER_QUERIES = {
  style: 'style_queries_for_custom_properties',
  'scroll-state': 'scroll-state_queries',
  anchored: 'anchor_position_queries',
};
const UNITS_OF_TIME_AND_SIZE = ['angle', 'length', 'resolution', 'time', 'flex', 'frequency'];

/**
 * @param {string} text
 * @param {'stylesheet' | 'selectorList' | 'mediaQueryList'} context
 * @param {(use: { feature: string, line: number }) => void} emit line from 1
 */
export function readStyles(text, context, emit) {
  const tree = parse(text, { context, positions: true });
  walk(tree, function (node) {
    const use = (...path) => {
      if (featureAt(...path)?.__compat) emit({ feature: path.join('.'), line: node.loc?.start.line ?? 1 });
    };
    if (node.type === 'Raw' && !mayBeRaw(node, this))
      throw new Error(`CSS cannot be read: ${JSON.stringify(node.value)}`);
    FEATURES[node.type]?.call(this, node, use);
  });
}

/** Whether the parser may leave a node as text: values of custom properties, arguments of functions, parts of at-rules. */
const mayBeRaw = (node, { atrule, atrulePrelude, declaration, function: call }) =>
  node === atrule?.prelude ||
  atrulePrelude !== null ||
  call !== null ||
  declaration?.property.startsWith('--') === true;

const FEATURES = {
  Atrule({ name, prelude }, use) {
    use('css', 'at-rules', name);
    if (name === 'container' && prelude) {
      for (const [query, feature] of Object.entries(CONTAINER_QUERIES)) {
        if (new RegExp(`\\b${query}\\(`).test(generate(prelude))) use('css', 'at-rules', 'container', feature);
      }
    }
  },
  Feature({ kind, name }, use) {
    use('css', 'at-rules', kind, name);
  },
  FeatureRange({ kind, left, middle }, use) {
    for (const side of [left, middle]) if (side?.type === 'Identifier') use('css', 'at-rules', kind, side.name);
    use('css', 'at-rules', kind, 'range_syntax');
  },
  PseudoClassSelector({ name }, use) {
    use('css', 'selectors', name);
  },
  PseudoElementSelector({ name }, use) {
    use('css', 'selectors', name);
  },
  NestingSelector(_, use) {
    use('css', 'selectors', 'nesting');
  },
  AttributeSelector({ flags }, use) {
    use('css', 'selectors', 'attribute');
    if (flags)
      use('css', 'selectors', 'attribute', flags === 's' ? 'case_sensitive_modifier' : 'case_insensitive_modifier');
  },
  Combinator({ name }, use) {
    if (SELECTORS[name]) use('css', 'selectors', SELECTORS[name]);
  },
  Declaration({ property, value }, use) {
    const descriptorOf = this.atrule?.name;
    if (descriptorOf && featureAt('css', 'at-rules', descriptorOf, property))
      use('css', 'at-rules', descriptorOf, property);
    else use('css', 'properties', property);
    walk(value, (part) => {
      if (part.type === 'Identifier') use('css', 'properties', property, part.name);
      if (part.type === 'Function') use('css', 'properties', property, part.name);
    });
  },
  Function({ name, children }, use) {
    for (const path of typesNamed(name)) {
      use(...path);
      const [first] = children;
      if (first?.type === 'Identifier' && first.name === 'from') use(...path, 'relative_syntax');
    }
  },
  Identifier({ name }, use) {
    for (const kind of ['system-color', 'named-color']) use('css', 'types', 'color', kind, name.toLowerCase());
    use('css', 'types', 'global_keywords', name);
  },
  Dimension({ unit }, use) {
    for (const type of UNITS_OF_TIME_AND_SIZE) use('css', 'types', type, unit);
  },
};

let types;

/** The paths of a function in the data: `light-dark`, for example, is below `color`. */
function typesNamed(name) {
  if (!types) {
    types = new Map();
    for (const [path] of featuresBelow('css', 'types')) {
      const last = path.at(-1);
      if (path.length <= 5) types.set(last, [...(types.get(last) ?? []), path]);
    }
  }
  return types.get(name) ?? [];
}
