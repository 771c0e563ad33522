/** Puts the site into one folder of static files: front page, playground, documents, demos, and what they load from dist/. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { documents, MENU, relativeUrl } from './documents.mjs';
import { escape, renderMarkdown } from './markdown.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const DECISIONS = 'docs/decisions';
const DECISIONS_PAGE = 'docs/decisions/index.html';

const TITLES = new Map(MENU.flatMap(({ entries }) => entries));

/** Of dist/, what no page loads: types, editor data, the command line, entries for bundlers. */
const NOT_FOR_PAGES = /^(types|cli\..*|libav.*|(element|index)\.js(\.map)?|react\..*|web-types\.json|vscode\..*)$/;

/** @param {string} out folder; emptied first. `dist/` has to be built. */
export function buildSite(out) {
  if (!existsSync(join(root, 'dist/kyutai-stt.js'))) throw new Error('dist/ is missing: run npm run build first');
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });

  const template = readFileSync(join(root, 'site/document.html'), 'utf8');
  copy('site', '', (name) => name !== 'document.html');
  copy('demo', 'demo', (name) => name !== 'clips/README.md');
  copy('dist', 'dist', (name) => !NOT_FOR_PAGES.test(name.split('/')[0]));
  copy('docs/images', 'docs/images');
  copy('docs/screenshots', 'docs/screenshots', (name) => name.endsWith('.png'));
  cpSync(join(root, 'LICENSE'), join(out, 'LICENSE.txt'));

  const places = documents();
  for (const [source, page] of places) {
    const rendered = renderMarkdown(readFileSync(join(root, source), 'utf8'), (link) =>
      urlInSite(source, page, link, places),
    );
    write(page, documentPage(template, page, rendered, places));
  }
  write(DECISIONS_PAGE, documentPage(template, DECISIONS_PAGE, decisionList(), places));

  function copy(from, to, wanted = () => true) {
    const folder = join(root, from);
    cpSync(folder, join(out, to), {
      recursive: true,
      filter: (path) => path === folder || wanted(posix.normalize(path.slice(folder.length + 1).replaceAll('\\', '/'))),
    });
  }

  function write(path, text) {
    mkdirSync(dirname(join(out, path)), { recursive: true });
    writeFileSync(join(out, path), text);
  }
}

/**
 * The URL, from `page`, of what a relative link of the document `source` leads to, and the title that the menu gives it.
 * Undefined for files that the site does not publish, such as sources.
 */
function urlInSite(source, page, link, places) {
  const [path, fragment] = link.split('#');
  if (path === '') return { url: link };
  const target = posix.join(posix.dirname(source), path).replace(/\/$/, '');
  if (!existsSync(join(root, target))) throw new Error(`${source} links to ${link}, which does not exist`);
  const hash = fragment === undefined ? '' : `#${fragment}`;
  const place = targetPage(target, places);
  if (place === undefined) return undefined;
  return { url: relativeUrl(page, place) + hash, title: TITLES.get(target) };
}

function targetPage(target, places) {
  if (target === 'LICENSE') return 'LICENSE.txt';
  if (target === DECISIONS) return DECISIONS_PAGE;
  if (target === 'demo') return 'demo/index.html';
  const isCopied = /^(demo\/|docs\/.*\.png$)/.test(target);
  return places.get(target) ?? places.get(`${target}/README.md`) ?? (isCopied ? target : undefined);
}

function decisionList() {
  const items = readdirSync(join(root, DECISIONS))
    .filter((file) => file.endsWith('.md'))
    .sort()
    .map((file) => {
      const { title } = renderMarkdown(readFileSync(join(root, DECISIONS, file), 'utf8'), () => undefined);
      return `<li><a href="${file.replace(/\.md$/, '.html')}">${escape(title)}</a></li>`;
    });
  const html = `<h1>Decisions</h1>\n<p>Why it is built this way: one page for each decision.</p>\n<ul>\n${items.join('\n')}\n</ul>\n`;
  return { title: 'Decisions', html, sections: [] };
}

/** `document.html` with its `{{…}}` filled in. */
function documentPage(template, page, { title, html, sections }, places) {
  const values = {
    title: escape(title),
    content: html,
    menu: menu(page, sections, places),
    root: relativeUrl(page, 'index.html').replace(/index\.html$/, ''),
  };
  return template.replace(/\{\{(\w+)\}\}/g, (_, name) => values[name]);
}

function menu(page, sections, places) {
  const entry = ([source, text]) => {
    const place = source === DECISIONS ? DECISIONS_PAGE : places.get(source);
    const isHere = place === page;
    const below = sections
      .map(({ id, text: name }) => `<li><a href="#${escape(id)}">${escape(name)}</a></li>`)
      .join('\n');
    const list = isHere && sections.length > 1 ? `\n<ul class="sections">\n${below}\n</ul>` : '';
    return `<li><a href="${relativeUrl(page, place)}"${isHere ? ' aria-current="page"' : ''}>${escape(text)}</a>${list}</li>`;
  };
  return MENU.map(({ title, entries }) => `<p>${title}</p>\n<ul>\n${entries.map(entry).join('\n')}\n</ul>`).join('\n');
}
