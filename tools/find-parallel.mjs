/** Finds GNU parallel, which a unit test runs, and installs it if it is missing: Debian's package, as root. */
import { spawnSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';

const MISSING =
  'GNU parallel is missing, which the commands of docs/archives.md need: install it (Debian: apt-get install parallel; Homebrew: brew install parallel).';

/**
 * Returns if `parallel` is GNU's: the package moreutils has another program of this name. Throws an error of one line otherwise.
 * @param {{ install?: boolean, log?: (line: string) => void }} [options]
 */
export function findParallel({ install = false, log = console.error } = {}) {
  if (isThere() || (install && installFromDebian(log) && isThere())) return;
  throw new Error(MISSING);
}

function isThere() {
  return /^GNU parallel/.test(spawnSync('parallel', ['--version'], { encoding: 'utf8' }).stdout ?? '');
}

function installFromDebian(log) {
  if (process.getuid?.() !== 0 || spawnSync('apt-get', ['--version']).status !== 0) return false;
  log('No GNU parallel found: installing it with apt-get.');
  const run = (...args) =>
    spawnSync('apt-get', args, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    }).status === 0;
  return run('update') && run('install', '-y', '--no-install-recommends', 'parallel');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    findParallel({ install: process.argv.includes('--install') });
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
