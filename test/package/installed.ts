/** The package as a consumer gets it: packed, unpacked among other packages, and run from there. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PINS = fileURLToPath(new URL('consumers/package.json', import.meta.url));

export interface Manifest {
  readonly exports: Record<string, string | Record<string, string>>;
  readonly dependencies: Record<string, string>;
  readonly bin: Record<string, string>;
}

export interface Tarball {
  /** Absolute path of the .tgz. */
  readonly path: string;
  /** What is in it, sorted. */
  readonly files: readonly string[];
}

/** Packs the tree's dist/ as it is, into `folder`. */
export function pack(folder: string): Tarball {
  const packed = execFileSync('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    shell: process.platform === 'win32',
  });
  const [{ filename, files }] = JSON.parse(packed) as [{ filename: string; files: { path: string }[] }];
  return { path: join(folder, filename), files: files.map(({ path }) => path).sort() };
}

/** Unpacks it into `modules`, where consumers beside that folder find it; the folder it is in. */
export function unpack({ path }: Tarball, modules: string): string {
  const installed = join(modules, 'kyutai-stt');
  rmSync(installed, { recursive: true, force: true });
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['-xzf', path, '-C', installed, '--strip-components=1']);
  return installed;
}

/**
 * A folder of build/ with the bundlers and frameworks that `consumers/package.json` pins, and the package among them.
 * Installs them where they are not there yet; no install script runs. Throws where the registry cannot be reached.
 */
export function consumers(): { readonly folder: string; readonly installed: string; readonly tarball: Tarball } {
  const folder = join(ROOT, 'build/consumers/');
  const modules = join(folder, 'node_modules');
  const { dependencies } = readManifest(PINS);
  const isThere = ([name, version]: [string, string]): boolean => {
    const manifest = join(modules, name, 'package.json');
    return existsSync(manifest) && (readManifest(manifest) as unknown as { version: string }).version === version;
  };
  mkdirSync(folder, { recursive: true });
  // A package of its own: without it the projects would be part of this tree, and find its dist/ under our name.
  copyFileSync(PINS, join(folder, 'package.json'));
  if (!Object.entries(dependencies).every(isThere)) {
    execFileSync('npm', ['install', '--ignore-scripts', '--no-package-lock', '--no-audit', '--no-fund'], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
      shell: process.platform === 'win32',
    });
  }
  const tarball = pack(folder);
  return { folder, installed: unpack(tarball, modules), tarball };
}

export function readManifest(path: string): Manifest {
  return JSON.parse(readFileSync(path, 'utf8')) as Manifest;
}

/** Runs a script in Node, in `cwd`, and returns what it prints; where it fails, that is the failure's message. */
export function run(args: readonly string[], cwd = ROOT): string {
  try {
    return execFileSync(process.execPath, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (cause) {
    const { stdout, stderr } = cause as { stdout: string; stderr: string };
    return assert.fail(`${args.join(' ')}\n${stdout}${stderr}`);
  }
}
