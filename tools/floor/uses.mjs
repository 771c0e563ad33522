/** Collects every feature that the package's scripts, style sheets, markup and WebAssembly use, with its location. */
import { readFileSync } from 'node:fs';
import { extname, relative } from 'node:path';
import { featureAt } from './compat.mjs';
import { readMarkup } from './markup.mjs';
import { ScriptReader } from './scripts.mjs';
import { readStyles } from './styles.mjs';
import { readSyntax } from './syntax.mjs';

/**
 * @typedef {{ feature?: string, candidates?: readonly string[], file: string, line: number }} Use
 *   `feature`: a path in the compatibility data. `candidates`: all possible paths if only a name is known
 */

/**
 * Uses in modules: APIs, and the CSS and HTML in template strings.
 *
 * @param {string} root of the project
 * @param {readonly { file: string, inWorker: boolean }[]} modules absolute paths
 * @param {readonly string[]} declarations modules with types that no other file names
 * @returns {Use[]}
 */
export function usesOfModules(root, modules, declarations = []) {
  const reader = new ScriptReader(root, [...new Set(modules.map(({ file }) => file)), ...declarations]);
  return modules.flatMap(({ file, inWorker }) => {
    const uses = [];
    const emit = (use) =>
      uses.push(...(inWorker ? inWorkerOf(use) : [use]).map((one) => ({ ...one, file: relative(root, file) })));
    reader.read(file, emit, (kind, text, line) => {
      const within = (use) => emit({ ...use, line: line + use.line - 1 });
      if (kind in MARKUP) readMarkup(text, MARKUP[kind], within).styles.forEach((style) => readStyleIn(style, within));
      else if (kind in STYLES) readStyles(text, STYLES[kind], within);
    });
    return uses;
  });
}

/** The languages of tagged templates and of strings in calls. */
const MARKUP = { html: 'template', svg: 'svg' };
const STYLES = { css: 'stylesheet', selector: 'selectorList', media: 'mediaQueryList' };

function readStyleIn({ text, line }, emit) {
  readStyles(text, 'stylesheet', (use) => emit({ ...use, line: line + use.line - 1 }));
}

/** Workers have other interfaces than pages, and fewer. */
function inWorkerOf(use) {
  const { feature } = use;
  if (!feature) return [use];
  const other = feature
    .replace(/^api\.Navigator\./, 'api.WorkerNavigator.')
    .replace(/^api\.Window\./, 'api.WorkerGlobalScope.');
  const own = featureAt(other)?.__compat ? other : feature;
  const owner = own.split('.').slice(0, 2).join('.');
  const support = [`${own}.worker_support`, `${owner}.worker_support`].filter((path) => featureAt(path)?.__compat);
  return [own, ...support].map((one) => ({ ...use, feature: one }));
}

/** Uses in pages and style sheets in separate files. @returns {Use[]} */
export function usesOfFiles(root, files) {
  return files.flatMap((file) => {
    const uses = [];
    const emit = (use) => uses.push({ ...use, file: relative(root, file) });
    const text = readFileSync(file, 'utf8');
    if (extname(file) === '.css') readStyles(text, 'stylesheet', emit);
    else {
      const { styles, scripts } = readMarkup(text, 'page', emit);
      for (const style of styles) readStyleIn(style, emit);
      for (const line of scripts)
        throw new Error(`${relative(root, file)}:${line}: found a script in markup, expected a separate file`);
    }
    return uses;
  });
}

/** Uses in built scripts: newer syntax that the compiler has left. @returns {Use[]} */
export function usesOfSyntax(root, bundle) {
  const uses = [];
  const starts = [0];
  for (let at = bundle.code.indexOf('\n'); at >= 0; at = bundle.code.indexOf('\n', at + 1)) starts.push(at + 1);
  readSyntax(bundle.code, ({ feature, at }) => {
    const line = starts.findLastIndex((start) => start <= at);
    const place = bundle.placeOf(line, at - starts[line]);
    uses.push({ feature, file: relative(root, place.file), line: place.line });
  });
  return uses;
}
