/** Resolves the names in the element's manifest: unions are spelt out, defaults are values, static functions are methods. */

/**
 * @param {any} element the element's declaration; changed in place
 * @param {import('./types.mjs').SourceTypes} types
 */
export function resolveNames(element, types) {
  element.members = element.members.map((member) => staticMethod(member, types));
  for (const entry of [...element.members, ...element.attributes]) {
    const literal = types.constants.get(entry.default) ?? entry.default;
    if (literal !== undefined) entry.default = literal;
    if (!entry.type?.text && /^[\d.]+$/.test(literal ?? '')) entry.type = { text: 'number' };
    if (entry.kind !== 'method' && entry.type?.text) entry.type.text = types.spellOut(entry.type.text);
  }
}

/** A static field whose value is an exported function is that function. */
function staticMethod(member, types) {
  const { name, static: isStatic, kind, description } = member;
  const found = isStatic && kind === 'field' ? types.functions.get(name) : undefined;
  if (found === undefined) return member;
  return {
    kind: 'method',
    name,
    static: true,
    description: found.description || description,
    parameters: found.parameterList,
    return: { type: { text: found.returns } },
  };
}
