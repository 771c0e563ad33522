/** Installs the package as a consumer does: packed, and unpacked among other packages. */
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
  /** Paths of its files, sorted. */
  readonly files: readonly string[];
}

/** Packs the package with the present dist/ into `folder`. */
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

/** Unpacks the package into the folder `modules`; returns the package's folder. */
export function unpack({ path }: Tarball, modules: string): string {
  const installed = join(modules, 'kyutai-stt');
  rmSync(installed, { recursive: true, force: true });
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['-xzf', path, '-C', installed, '--strip-components=1']);
  return installed;
}

/**
 * Installs the bundlers and frameworks that `consumers/package.json` pins into a folder of build/, unless they are there, and
 * the package among them. No install script runs. Throws if the registry cannot be reached.
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
  // Without a package.json here, the projects would belong to this package and import its dist/ by our name.
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

/** Runs a script in Node, in `cwd`, and returns its output; fails with the output if the script fails. */
export function run(args: readonly string[], cwd = ROOT): string {
  try {
    return execFileSync(process.execPath, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (cause) {
    const { stdout, stderr } = cause as { stdout: string; stderr: string };
    return assert.fail(`${args.join(' ')}\n${stdout}${stderr}`);
  }
}
