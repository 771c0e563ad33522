/** Lists the packages whose code is in dist/, with their licences. Fails for a licence that has not been looked at. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Licences whose terms are met by shipping their text. */
const ALLOWED = new Set([
  'MIT',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'Apache-2.0',
  '0BSD',
  '(BSD-3-Clause OR GPL-2.0)',
]);

/** Of a choice of licences, the one that is used. */
const CHOSEN = { '(BSD-3-Clause OR GPL-2.0)': 'BSD-3-Clause' };

/** Licences with further terms, each for the package that was looked at, and how the terms are met. */
const TERMS = {
  '@libav.js/variant-obsolete': {
    license: 'LGPL-2.1',
    text: 'Only the command-line program loads it. It is FFmpeg and libraries for it, unchanged, in separate files, which may be replaced by another build with the same interface. Its source is in the folder "sources" of the npm package libav.js of the same version.',
  },
};

const HEAD = `The files in this folder contain code of the packages below. kyutai-stt itself is under the MIT licence.
`;

export class ThirdParty {
  #root;
  /** Folders of packages by the files that contain them. @type {Map<string, Set<string>>} */
  #packages = new Map();
  /** A plugin for every output. */
  collects = {
    name: 'collects-third-party',
    generateBundle: (_, bundle) => {
      for (const [file, chunk] of Object.entries(bundle)) {
        if (chunk.type !== 'chunk') continue;
        for (const [id, { renderedLength }] of Object.entries(chunk.modules))
          if (renderedLength > 0) this.#add(id, file);
      }
    },
  };

  /** @param {string} root */
  constructor(root) {
    this.#root = root;
  }

  /** A plugin for the last output. @param {string} path */
  writes(path) {
    return { name: 'writes-third-party', writeBundle: () => writeFileSync(join(this.#root, path), this.text()) };
  }

  /** Adds a package whose files are copied. @param {string} name @param {string} file */
  addPackage(name, file) {
    this.#add(join(this.#root, 'node_modules', name, 'package.json'), file);
  }

  text() {
    const entries = [...this.#packages].map(([folder, files]) => entryOf(folder, [...files].sort()));
    return [HEAD, ...entries.sort()].join(`\n${'-'.repeat(80)}\n\n`);
  }

  #add(id, file) {
    const folder = /^\0?(.*\/node_modules\/(?:@[^/]+\/)?[^/@]+)\//.exec(id)?.[1];
    if (folder === undefined) return;
    const files = this.#packages.get(folder) ?? new Set();
    this.#packages.set(folder, files.add(file));
  }
}

function entryOf(folder, files) {
  const { name, version, license, homepage, repository } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  );
  const terms = TERMS[name]?.license === license ? TERMS[name].text : undefined;
  if (!ALLOWED.has(license) && terms === undefined)
    throw new Error(`${name} ${version} has the licence ${license}, expected one of ${[...ALLOWED].join(', ')}`);
  const text = readdirSync(folder).find((file) => /^(licen[cs]e|copying)/i.test(file));
  const address = homepage ?? repository?.url ?? repository ?? '';
  return [
    `${name} ${version}`,
    `Licence: ${CHOSEN[license] ?? license}`,
    ...(address ? [`Source: ${String(address).replace(/^git\+/, '')}`] : []),
    `In: ${files.join(', ')}`,
    ...(terms ? [terms] : []),
    '',
    text && existsSync(join(folder, text))
      ? readFileSync(join(folder, text), 'utf8').trim()
      : standardText(license, name),
    '',
  ].join('\n');
}

/** The text of a licence that a package names without shipping it. */
function standardText(license, name) {
  const texts = join(import.meta.dirname, 'licences', `${license}.txt`);
  if (!existsSync(texts)) throw new Error(`${name} ships no licence text, and ${texts} does not exist`);
  return readFileSync(texts, 'utf8').trim();
}
