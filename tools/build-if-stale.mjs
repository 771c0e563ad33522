/** Builds what tests import from build/, when its sources are newer. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Compiles the WASM kernels unless build/kernels.js is newer than every source of theirs. Throws if that fails. */
export function buildKernelsIfStale() {
  const output = join(root, 'build/kernels.js');
  const script = join(root, 'tools/build-kernels.mjs');
  if (!existsSync(script)) return;
  const newest = Math.max(newestUnder(join(root, 'kernels/wasm')), statSync(script).mtimeMs);
  if (existsSync(output) && statSync(output).mtimeMs >= newest) return;
  const { status } = spawnSync(process.execPath, [script], { cwd: root, stdio: 'inherit' });
  if (status !== 0) throw new Error(`tools/build-kernels.mjs ended with ${status}`);
}

function newestUnder(folder) {
  const times = readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => statSync(join(entry.parentPath ?? entry.path, entry.name)).mtimeMs);
  return Math.max(0, ...times);
}
