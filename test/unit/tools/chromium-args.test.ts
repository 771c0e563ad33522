/** The browser's command line: which GPU it computes on. */
import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { chromiumArgs } from '../../../tools/chromium-args.mjs';

const SOFTWARE = '--use-webgpu-adapter=swiftshader';
const before = process.env['KYUTAI_STT_GPU'];

describe('Chromium’s arguments', () => {
  afterEach(() => {
    if (before === undefined) delete process.env['KYUTAI_STT_GPU'];
    else process.env['KYUTAI_STT_GPU'] = before;
  });

  it('select SwiftShader by default', () => {
    delete process.env['KYUTAI_STT_GPU'];
    assert.ok(chromiumArgs().includes(SOFTWARE));
  });

  it('leave the choice to Chromium for hardware', () => {
    process.env['KYUTAI_STT_GPU'] = 'hardware';
    assert.ok(!chromiumArgs().includes(SOFTWARE));
    assert.ok(chromiumArgs().includes('--ignore-gpu-blocklist'));
  });

  it('reject any other value', () => {
    process.env['KYUTAI_STT_GPU'] = 'fast';
    assert.throws(() => chromiumArgs(), /KYUTAI_STT_GPU is fast, expected software or hardware/);
  });
});
