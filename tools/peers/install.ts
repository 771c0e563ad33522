/** Installs the peers where the benchmark finds them: outside the project's own dependencies, so that `npm ci` stays small. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const MANIFEST = fileURLToPath(new URL('package.json', import.meta.url));
/** Ignored by git, and by every check that walks the tree. */
const FOLDER = fileURLToPath(new URL('../../build/peers/', import.meta.url));

export interface Peers {
  /** Absolute, ends with a slash. */
  readonly modules: string;
  /** `name 1.2.3` */
  describe(name: string): string;
  /** Absolute path of the module that `import name` would load. */
  resolve(name: string): string;
}

/**
 * Installs what `tools/peers/package.json` pins, if it is not installed yet. Install scripts, which compile or
 * download, are disabled. llama.cpp's binaries are optional packages by platform; only this machine's is installed.
 */
export function installPeers(): Peers {
  const { dependencies } = readManifest(MANIFEST);
  const binaries = `@node-llama-cpp/${process.platform}-${process.arch}`;
  const wanted = { ...dependencies, [binaries]: dependencies['node-llama-cpp'] ?? '' };
  const modules = `${FOLDER}node_modules/`;
  const isThere = ([name, version]: [string, string]): boolean =>
    existsSync(`${modules}${name}/package.json`) && readManifest(`${modules}${name}/package.json`).version === version;
  if (!Object.entries(wanted).every(isThere)) {
    mkdirSync(FOLDER, { recursive: true });
    copyFileSync(MANIFEST, `${FOLDER}package.json`);
    const quiet = ['--omit=optional', '--ignore-scripts', '--no-package-lock', '--no-audit', '--no-fund'];
    npm('install', ...quiet);
    npm('install', '--no-save', ...quiet, `${binaries}@${wanted[binaries] ?? ''}`);
  }
  const require = createRequire(`${FOLDER}package.json`);
  return {
    modules,
    describe: (name) => `${name} ${readManifest(`${modules}${name}/package.json`).version}`,
    resolve: (name) => require.resolve(name),
  };
}

function npm(...args: string[]): void {
  execFileSync('npm', args, {
    cwd: FOLDER,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  });
}

interface Manifest {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

function readManifest(path: string): Manifest {
  return JSON.parse(readFileSync(path, 'utf8')) as Manifest;
}
