/** Checks that no file sends unexpected requests to other hosts, and that none names the machine it was written on. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('..', import.meta.url));
const TEXT = new Set(['.ts', '.mjs', '.js', '.json', '.md', '.html', '.css', '.wgsl', '.py', '.yml', '.txt', '']);

/** Hosts a string in the code may name: identifiers that are never fetched, and the demo's own links. */
const NAMED_NOT_FETCHED = /^(www\.w3\.org|localhost|example\.(com|org)|.*\.(invalid|test|example))$/;
/** The hub of the public models, in the one file that lists them: used only when a visitor requests such a model. */
const MODEL_HUB = { file: 'src/protocol/urls.ts', host: 'huggingface.co' };
const LINKED_FROM_DEMO = new Set(['github.com', 'huggingface.co', 'kyutai.org', 'creativecommons.org']);

const problems = [];
const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: root, encoding: 'utf8' });
for (const path of files.split('\n').filter(Boolean)) {
  if (!TEXT.has(extname(path)) || !existsSync(join(root, path))) continue;
  const text = readFileSync(join(root, path), 'utf8');
  checkMachine(path, text);
  if (/^(src|kernels)\/.*\.ts$/.test(path)) checkStrings(path, text);
  if (/^(demo|site)\/.*\.html$/.test(path)) checkPage(path, text);
}
if (problems.length > 0) console.error(problems.join('\n'));
process.exitCode = problems.length === 0 ? 0 : 1;

function checkMachine(path, text) {
  const places = [...text.matchAll(/(?<![\w.])\/(?:home|Users)\/[a-z][\w-]*\/|(?<![\w.])\/root\//g)].map(
    ([place]) => place,
  );
  // A checkout two folders deep or more: `/src/` alone would match half the tree.
  if (root.split('/').length > 3 && text.includes(root)) places.push(root);
  for (const place of new Set(places)) problems.push(`${path}: names ${place}, a path of one machine`);
  if (path === 'package-lock.json' && text.includes('"resolved"')) {
    problems.push(`${path}: names the registry it was made with; .npmrc keeps it out (npm install again)`);
  }
}

/** String literals only: a comment may cite a paper. */
function checkStrings(path, text) {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const visit = (node) => {
    const isText = ts.isStringLiteralLike(node) || ts.isTemplateHead(node);
    for (const host of isText ? hostsIn(node.text) : []) {
      const isHub = path === MODEL_HUB.file && host === MODEL_HUB.host;
      if (!isHub && !NAMED_NOT_FETCHED.test(host)) problems.push(`${path}: a string names the host ${host}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
}

/** A page may link to other hosts, never load from them. */
function checkPage(path, text) {
  for (const [, tag, url] of text.matchAll(/<(\w+)[^>]*?\s(?:src|href)="(https?:[^"]+)"/g)) {
    const [host] = hostsIn(url);
    if (tag !== 'a') problems.push(`${path}: <${tag}> loads from ${host}`);
    else if (!LINKED_FROM_DEMO.has(host)) problems.push(`${path}: links to ${host}`);
  }
}

function hostsIn(text) {
  return [...text.matchAll(/https?:\/\/([\w.-]+)/g)].map((match) => match[1]);
}
