/** Determines which features the oldest browsers lack, from MDN's browser-compat-data. */
import { createRequire } from 'node:module';

/** 20 MB of JSON; `require` keeps one copy for all callers. */
const data = createRequire(import.meta.url)('@mdn/browser-compat-data');

/** The node of a feature such as `api.Selection.getComposedRanges`; undefined if the data has none. */
export function featureAt(...path) {
  let node = data;
  for (const name of path.flatMap((part) => (part.includes('.') && !(part in (node ?? {})) ? part.split('.') : part))) {
    node = Object.hasOwn(node ?? {}, name) ? node[name] : undefined;
  }
  return node;
}

/**
 * The browsers of `floor` that lack the feature, each with its support in the data; empty if all have it or the data has no
 * information.
 */
export function missingIn(feature, floor) {
  const support = feature?.__compat?.support;
  if (!support) return [];
  return floor.flatMap(({ key, label, version }) => {
    const statements = [support[key] ?? []].flat();
    if (statements.length === 0 || statements.some((statement) => covers(statement, version))) return [];
    return [{ label, version, since: sinceOf(statements) }];
  });
}

/** Whether a version and every newer one has the whole feature, under its own name and without a setting. */
function covers(
  {
    version_added: added,
    version_removed: removed,
    flags,
    prefix,
    alternative_name: alias,
    partial_implementation: partial,
  },
  version,
) {
  if (flags || prefix || alias || partial || removed) return false;
  if (added === true || added === null || added === undefined) return true; // known to be there, not since when
  return typeof added === 'string' && added !== 'preview' && compare(added.replace('≤', ''), version) <= 0;
}

function sinceOf(statements) {
  const whole = statements.find(
    (one) =>
      typeof one.version_added === 'string' &&
      !one.flags &&
      !one.prefix &&
      !one.alternative_name &&
      !one.version_removed,
  );
  if (!whole) return 'never';
  return whole.partial_implementation ? `in part since ${whole.version_added}` : `since ${whole.version_added}`;
}

function compare(a, b) {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number));
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Every feature below `path`, with its own path. */
export function* featuresBelow(...path) {
  const node = featureAt(...path);
  for (const name of Object.keys(node ?? {})) {
    if (name === '__compat') continue;
    if (node[name].__compat) yield [[...path, name], node[name]];
    yield* featuresBelow(...path, name);
  }
}

/** Every feature that is a member with this name of any interface or built-in object. */
export function featuresNamed(name) {
  memberIndex ??= indexMembers();
  return memberIndex.get(name) ?? [];
}

let memberIndex;

function indexMembers() {
  const index = new Map();
  for (const [top, tree] of [
    ['api', data.api],
    ['javascript.builtins', data.javascript.builtins],
  ]) {
    for (const [owner, members] of Object.entries(tree)) {
      for (const [member, { __compat }] of Object.entries(members)) {
        if (member === '__compat' || !__compat) continue;
        const name = member.replace(/_static$/, '');
        index.set(name, [...(index.get(name) ?? []), `${top}.${owner}.${member}`]);
      }
    }
  }
  return index;
}
