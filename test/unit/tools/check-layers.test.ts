/** The layer check itself: each rule has an offender it catches. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { checkLayers } from '../../../tools/check-layers.mjs';

describe('the layer check', () => {
  let root: string;
  before(async () => (root = await mkdtemp(join(tmpdir(), 'layers-'))));
  after(() => rm(root, { recursive: true }));

  /** The problems of a tree that holds just this file. */
  async function problemsOf(path: string, text: string): Promise<string[]> {
    const file = join(root, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    const problems = checkLayers(root);
    await rm(file);
    return problems;
  }

  for (const [path, text] of [
    ['src/client/a.ts', "import { capture } from '../audio/capture.js';"],
    ['src/engine/session.ts', "import type { Mimi } from '../mimi/mimi.js';"],
    ['src/text/words.ts', "export { SttError } from '../errors.js';"],
    ['src/wasm/kernels.ts', "import { simd } from '../../build/kernels.js';"],
    ['src/engine/clock.ts', '// The page hides: document is not ours.\nexport const selfish = 1;'],
  ] as const) {
    it(`accepts ${path} with ${text.split('\n')[0] ?? ''}`, async () => {
      assert.deepEqual(await problemsOf(path, text), []);
    });
  }

  for (const [path, text, problem] of [
    ['src/mimi/a.ts', "import { Session } from '../engine/session.js';", /mimi imports \.\.\/engine/],
    ['src/client/a.ts', "import type { Engine } from '../engine/engine.js';", /client imports \.\.\/engine/],
    ['src/element/a.ts', "const late = await import('../worker/serve.js');", /element imports \.\.\/worker/],
    ['src/errors.ts', "import { PROTOCOL_VERSION } from './protocol/messages.js';", /errors imports/],
    ['src/engine/a.ts', 'self.postMessage(1);', /a\.ts:1: the engine mentions self/],
    ['src/engine/b.ts', '\nexport const page = document;', /b\.ts:2: the engine mentions document/],
    ['src/mimi/utils.ts', 'export const a = 1;', /utils\.ts is a drawer/],
    ['src/helpers/a.ts', 'export const a = 1;', /helpers is a drawer/],
    ['src/drawer/a.ts', 'export const a = 1;', /drawer is not a layer/],
    ['src/mimi/a.ts', "import type { A } from './a.js';", /import cycle: src\/mimi\/a\.ts → src\/mimi\/a\.ts/],
    ['src/model/a.ts', "import { pack } from '../wasm/pack-model.js';", /model imports \.\.\/wasm/],
    ['src/download/a.ts', "import { openModel } from '../model/open-model.js';", /download imports \.\.\/model/],
  ] as const) {
    it(`rejects ${path}: ${text.trim().slice(0, 60)}`, async () => {
      assert.match((await problemsOf(path, text)).join('\n'), problem);
    });
  }
});
