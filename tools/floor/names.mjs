/** Finds the paths in the compatibility data for the names that a script uses. */
import { featureAt } from './compat.mjs';

/** The interfaces that a global name may belong to. */
export const GLOBAL_SCOPES = ['Window', 'WorkerGlobalScope', 'DedicatedWorkerGlobalScope', 'AudioWorkletGlobalScope'];

/** Uses only the first feature, that of the most derived interface in a chain. */
export function pick([feature], use) {
  if (feature) use(feature);
}

/** The paths that exist in the data. */
export const existing = (...features) => features.filter((feature) => featureAt(feature)?.__compat);

/** `owner` is an interface's name. */
export function memberFeatures(owner, name) {
  const event = /^on[a-z]/.test(name) ? [`api.${owner}.${name.slice(2)}_event`] : [];
  if (owner === 'CSSStyleDeclaration')
    return existing(`css.properties.${name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`);
  const scope = owner === 'Window' ? [`api.${name}`, ...GLOBAL_SCOPES.map((one) => `api.${one}.${name}`)] : [];
  return existing(
    `api.${owner}.${name}`,
    `javascript.builtins.${owner}.${name}`,
    `javascript.builtins.Intl.${owner}.${name}`,
    `webassembly.api.${owner}.${name}`,
    ...event,
    ...scope,
  );
}

export const staticFeatures = (owner, name) =>
  existing(
    `api.${owner}.${name}_static`,
    `javascript.builtins.${owner}.${name}`,
    `webassembly.api.${name}_static`,
    `api.${owner}.${name}`,
  );

export const globalFeatures = (name) =>
  existing(`javascript.builtins.${name}`, `api.${name}`, ...GLOBAL_SCOPES.map((scope) => `api.${scope}.${name}`));

/** Whether a subfeature of a function is its option `name`. */
export const isOption = (key, name) =>
  key === `options_${name}_parameter` ||
  key === `${name}_parameter` ||
  key === `${name}_option` ||
  key.endsWith(`_${name}_parameter`);
