/** Checks the layers: imports go only downwards and form no cycles, and no folder or file is a `utils`. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join, posix, relative, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import ts from 'typescript';

const CODE = ['src', 'kernels', 'demo', 'site', 'test', 'tools', 'training'];
const CODE_FILES = new Set(['.ts', '.mjs', '.js', '.wgsl', '.html', '.css', '.py']);
const DRAWERS = /^(utils?|helpers?|common|misc)(\.|$)/;

/** Anyone may import these. */
const GROUND = ['errors', 'protocol'];
const FILES = ['bytes', 'download'];
const MODEL = ['model', ...FILES];
const DEVICES = ['gpu', 'wasm', 'kernels'];
const STAGES = ['mimi', 'lm', 'text'];

/** What each layer may import besides itself and the ground. The page's layers never reach the engine's. */
const BELOW = {
  errors: [],
  protocol: [],
  bytes: [],
  download: ['bytes'],
  kernels: [],
  model: ['kernels', ...FILES],
  gpu: ['kernels', ...MODEL],
  wasm: ['kernels', ...MODEL],
  text: MODEL,
  mimi: [...MODEL, ...DEVICES],
  lm: [...MODEL, ...DEVICES],
  engine: [...STAGES, ...MODEL, ...DEVICES],
  verify: ['client', 'engine', ...STAGES, ...MODEL, ...DEVICES],
  worker: ['engine', ...STAGES, ...MODEL, ...DEVICES],
  audio: ['kernels'],
  client: ['audio'],
  element: ['client', 'audio', 'text'],
  index: ['element', 'client', 'audio', 'text'],
  react: ['element'],
  script: [],
  cli: ['client', 'audio', 'verify', 'engine', ...STAGES, ...MODEL, ...DEVICES],
};

/** The engine runs in Node and in a test as it is, so it cannot know where it is hosted. */
const NOT_IN_ENGINE = new Set(['self', 'postMessage', 'document', 'window']);

/**
 * Every breach of the layers under `root`, one line each; none means the tree holds.
 * @param {string} root
 * @returns {string[]}
 */
export function checkLayers(root) {
  const files = CODE.flatMap((folder) => filesUnder(join(root, folder)));
  const texts = new Map(files.map((file) => [relative(root, file).split(sep).join('/'), readFileSync(file, 'utf8')]));
  return [...[...texts].flatMap(([path, text]) => checkFile(path, text)), ...checkCycles(texts)];
}

/** One line for each import cycle among the sources, type-only imports included. */
function checkCycles(texts) {
  const problems = [];
  const state = new Map();
  const importsOf = (path) =>
    ts
      .preProcessFile(texts.get(path), true, true)
      .importedFiles.map(({ fileName }) => posix.join(posix.dirname(path), fileName).replace(/\.js$/, '.ts'))
      .filter((target) => texts.has(target));
  const visit = (path, trail) => {
    if (state.get(path) === 'done') return;
    if (state.get(path) === 'open') {
      problems.push(`import cycle: ${[...trail.slice(trail.indexOf(path)), path].join(' → ')}`);
      return;
    }
    state.set(path, 'open');
    for (const target of importsOf(path)) visit(target, [...trail, path]);
    state.set(path, 'done');
  };
  for (const path of texts.keys()) if (path.startsWith('src/') && path.endsWith('.ts')) visit(path, []);
  return problems;
}

function checkFile(path, text) {
  const problems = [];
  const drawer = path.split('/').find((part) => DRAWERS.test(part));
  if (drawer !== undefined) problems.push(`${path}: ${drawer} is a drawer; name the file after its one idea`);
  if (!CODE_FILES.has(extname(path))) return problems;
  if (!path.startsWith('src/') || !path.endsWith('.ts')) return problems;
  return [...problems, ...checkImports(path, text), ...(layerOf(path) === 'engine' ? checkEngine(path, text) : [])];
}

function checkImports(path, text) {
  const layer = layerOf(path);
  const below = BELOW[layer];
  if (below === undefined) return [`${path}: ${layer} is not a layer`];
  const allowed = new Set([layer, ...below, ...(layer === 'errors' ? [] : GROUND)]);
  return ts
    .preProcessFile(text, true, true)
    .importedFiles.filter(({ fileName }) => fileName.startsWith('.'))
    .filter(({ fileName }) => !allowed.has(layerOf(posix.join(posix.dirname(path), fileName))))
    .map(({ fileName }) => `${path}: ${layer} imports ${fileName}, but may import only ${[...allowed].join(', ')}`);
}

function checkEngine(path, text) {
  const problems = [];
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const visit = (node) => {
    if (ts.isIdentifier(node) && NOT_IN_ENGINE.has(node.text)) {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart());
      problems.push(`${path}:${line + 1}: the engine mentions ${node.text}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return problems;
}

/** `src/mimi/mimi.ts` → mimi; `src/errors.ts` → errors; the kernels' build output counts as kernels. */
function layerOf(path) {
  const [top, next = ''] = path.split('/');
  if (top === 'src') return next.replace(/\.(ts|js)$/, '');
  return top === 'build' ? 'kernels' : top;
}

function filesUnder(folder) {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'fixtures' ? [] : filesUnder(path);
    return entry.isFile() ? [path] : [];
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const problems = checkLayers(fileURLToPath(new URL('..', import.meta.url)));
  if (problems.length > 0) console.error(problems.join('\n'));
  process.exitCode = problems.length === 0 ? 0 : 1;
}
