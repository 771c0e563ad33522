/** Holds the tree to its layers: imports go downwards only, no drawers, no file too long to read. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join, posix, relative, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import ts from 'typescript';

const CODE = ['src', 'kernels', 'demo', 'test', 'tools', 'training'];
const CODE_FILES = new Set(['.ts', '.mjs', '.js', '.wgsl', '.html', '.css', '.py']);
const MAX_LINES = 300;
const DRAWERS = /^(utils?|helpers?|common|misc)(\.|$)/;

/** Anyone may import these. */
const GROUND = ['errors', 'protocol'];
const MACHINES = ['gpu', 'wasm', 'kernels'];
const MODEL_PARTS = ['mimi', 'lm', 'text', 'model'];

/** What each layer may import besides itself and the ground. The page's layers never reach the engine's. */
const BELOW = {
  errors: [],
  protocol: [],
  kernels: [],
  gpu: ['kernels'],
  wasm: ['kernels'],
  model: MACHINES,
  text: ['model', ...MACHINES],
  mimi: ['model', ...MACHINES],
  lm: ['model', ...MACHINES],
  engine: [...MODEL_PARTS, ...MACHINES],
  worker: ['engine', ...MODEL_PARTS, ...MACHINES],
  audio: ['kernels'],
  client: ['audio'],
  element: ['client', 'audio', 'text'],
  index: ['element', 'client', 'audio', 'text'],
  react: ['element'],
  script: [],
  cli: ['audio', 'engine', ...MODEL_PARTS, ...MACHINES],
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
  return files.flatMap((file) => checkFile(relative(root, file).split(sep).join('/'), readFileSync(file, 'utf8')));
}

function checkFile(path, text) {
  const problems = [];
  const drawer = path.split('/').find((part) => DRAWERS.test(part));
  if (drawer !== undefined) problems.push(`${path}: ${drawer} is a drawer; name the file after its one idea`);
  if (!CODE_FILES.has(extname(path))) return problems;
  const lines = text.split('\n').length - 1;
  if (lines > MAX_LINES) problems.push(`${path}: ${lines} lines, at most ${MAX_LINES}`);
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
