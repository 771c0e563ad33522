/** Which Chromium the browser tests run in is the environment's choice first. */
import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { findChromium } from '../../../tools/find-browser.mjs';

const NAMES = ['CHROMIUM_PATH', 'CHROME_PATH', 'PATH'];
const saved = NAMES.map((name) => [name, process.env[name]] as const);

describe('findChromium', () => {
  afterEach(() => {
    for (const [name, value] of saved) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
  });

  it('prefers CHROMIUM_PATH', async () => {
    process.env['CHROMIUM_PATH'] = process.execPath;
    process.env['CHROME_PATH'] = '/bin/sh';
    assert.equal(await findChromium(), process.execPath);
  });

  it('uses CHROME_PATH if CHROMIUM_PATH is not set', async () => {
    Reflect.deleteProperty(process.env, 'CHROMIUM_PATH');
    process.env['CHROME_PATH'] = process.execPath;
    assert.equal(await findChromium(), process.execPath);
  });

  it('reports a path that is not a program instead of testing another browser', async () => {
    process.env['CHROMIUM_PATH'] = '/nowhere/chromium';
    await assert.rejects(findChromium(), /CHROMIUM_PATH is \/nowhere\/chromium/);
  });
});
