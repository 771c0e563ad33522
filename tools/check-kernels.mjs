/** Checks that the header of every kernel and part names an existing reference and test, and that every reference is used. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
/** Not kernels: the module's entry, the list of kernels, and idioms that others inline. */
const NOT_KERNELS = ['index.ts', 'kernels.ts', 'lanes.ts', 'exp.ts', 'tsconfig.json'];

const problems = [];
const named = new Set();
for (const folder of ['kernels/wasm', 'kernels/wgsl', 'kernels/wgsl/parts']) {
  const files = readdirSync(join(root, folder), { withFileTypes: true }).filter((entry) => entry.isFile());
  for (const { name: file } of files.filter(({ name }) => !NOT_KERNELS.includes(name))) {
    const header = /^(\/\/.*\n)+/.exec(readFileSync(join(root, folder, file), 'utf8'))?.[0] ?? '';
    if (!header.startsWith(`// ${file}: `))
      problems.push(`${folder}/${file}: the header does not begin with the file's name`);
    for (const word of ['reference  ', 'test  ']) {
      if (!header.includes(` ${word}`)) problems.push(`${folder}/${file}: the header names no ${word.trim()}`);
    }
    for (const [, path] of header.matchAll(/((?:kernels|test)\/[\w./-]+\.ts)/g)) {
      if (existsSync(join(root, path))) named.add(path);
      else problems.push(`${folder}/${file}: names ${path}, which is not there`);
    }
  }
}
console.log(problems.length === 0 ? `${named.size} references and tests of kernels found` : problems.join('\n'));
process.exitCode = problems.length === 0 ? 0 : 1;
