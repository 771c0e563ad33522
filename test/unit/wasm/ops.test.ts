import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { OP_NAMES, OPS } from '../../../src/wasm/ops.js';

const FOLDER = new URL('../../../kernels/wasm/', import.meta.url);
const SOURCES = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.ts'))
  .map((file) => readFileSync(new URL(file, FOLDER), 'utf8'))
  .join('\n');

describe('the table of ops', () => {
  for (const name of OP_NAMES) {
    it(`lists the parameters of ${name} as the kernel declares them`, () => {
      const [, parameters = ''] = new RegExp(`^export function ${name}\\(([^)]*)\\)`, 'm').exec(SOURCES) ?? [];
      const declared = [...parameters.matchAll(/(\w+): (\w+)/g)].map(([, key, type]) =>
        type === 'f32' ? `${key}:f` : key,
      );
      assert.deepEqual(OPS[name], declared);
    });
  }
});
