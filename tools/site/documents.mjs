/** The documents of the repository that the site publishes, and their places in it. */
import { readdirSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Documents outside docs/, or with another name in the site. */
const PLACES = {
  'README.md': 'docs/index.html',
  'CONTRIBUTING.md': 'docs/contributing.html',
  'CHANGELOG.md': 'docs/changelog.html',
  'models/README.md': 'docs/demo-model.html',
  'reference/README.md': 'docs/references.html',
  'demo/clips/README.md': 'docs/recordings.html',
};

/** The menu of the documents. Files that it does not list are reached through links. */
export const MENU = [
  {
    title: 'Use it',
    entries: [
      ['README.md', 'Get started'],
      ['docs/guide.md', 'Guide'],
      ['docs/api.md', 'API reference'],
      ['docs/frameworks.md', 'Frameworks'],
      ['docs/hosting.md', 'Hosting'],
      ['docs/archives.md', 'Archives'],
      ['CHANGELOG.md', 'Changelog'],
    ],
  },
  {
    title: 'How it works',
    entries: [
      ['docs/architecture.md', 'Architecture'],
      ['docs/model.md', 'The model'],
      ['docs/performance.md', 'Performance'],
      ['docs/decisions', 'Decisions'],
      ['docs/screenshots/README.md', 'Screenshots'],
      ['CONTRIBUTING.md', 'Contributing'],
    ],
  },
];

/** @returns {Map<string, string>} path in the repository → path in the site, of every document */
export function documents() {
  const found = readdirSync(`${root}docs`, { recursive: true, encoding: 'utf8' })
    .map((file) => posix.join('docs', file.replaceAll('\\', '/')))
    .filter((file) => file.endsWith('.md'))
    .sort();
  const places = new Map(Object.entries(PLACES));
  for (const file of found) places.set(file, file.replace(/\.md$/, '.html').replace(/README\.html$/, 'index.html'));
  return places;
}

/** The relative URL from one page of the site to another. @param {string} from @param {string} to */
export function relativeUrl(from, to) {
  return posix.relative(posix.dirname(from), to) || posix.basename(to);
}
