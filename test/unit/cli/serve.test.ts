import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { describe, it } from 'node:test';
import { withheldWith } from '../../../src/cli/serve.js';

describe('what serve withholds of the folder of its certificate', () => {
  for (const [where, cert, mounts, withheld] of [
    ['inside a served folder', 'site/keys', { '/': resolve('site') }, ['site/keys']],
    ['outside', 'keys', { '/': resolve('site') }, ['keys']],
    ['with a name that another begins with', 'site', { '/': resolve('site-2') }, ['site']],
    ['a served folder', 'site', { '/': resolve('site') }, ['site/key.pem', 'site/cert.pem']],
    ['around a served folder', '.', { '/': resolve('site') }, ['key.pem', 'cert.pem']],
  ] as const) {
    it(where, () => {
      assert.deepEqual(
        withheldWith(cert, mounts),
        withheld.map((path) => resolve(path)),
      );
    });
  }
});
