/** In the DOMs of unit tests, which lack much of a browser, the element does nothing and breaks nothing. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Report } from './inert-element.js';

const SCRIPT = fileURLToPath(new URL('inert-element.ts', import.meta.url));
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

describe('the element in a unit test of a page', () => {
  for (const dom of ['jsdom', 'happy-dom']) {
    it(`is inert in ${dom}`, () => {
      const output = execFileSync(process.execPath, ['--import', 'tsx', SCRIPT, dom], { cwd: ROOT, encoding: 'utf8' });
      const report = JSON.parse(output) as Report;
      assert.deepEqual(report.errors, []);
      assert.match(report.text, /This browser can’t transcribe speech/);
      assert.deepEqual(report.rejections, [...Array<string>(4).fill('unsupported'), null]);
      assert.deepEqual(report.events, Array(4).fill('unsupported'));
      assert.equal(report.state, 'failed');
      assert.equal(report.value, 'some words');
      // No form and no labels; valid; nothing to submit.
      assert.deepEqual(report.form, [null, 0, true, true, true, '', false]);
      assert.equal(report.available, 'unsupported');
      assert.equal(report.ofParts, 4);
    });
  }
});
