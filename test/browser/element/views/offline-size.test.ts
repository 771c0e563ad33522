/** The size of a named model while its first download waits for the network. */
import { assert, fixture, html } from '@open-wc/testing';
import { nothing, render } from 'lit';
import { ENGLISH } from '../../../../src/element/strings/en.js';
import { renderControls } from '../../../../src/element/views/controls.js';

async function amount(expectedBytes: number | undefined): Promise<string | undefined> {
  const box = await fixture<HTMLElement>(html`<div></div>`);
  const pace = { waiting: true, paused: false };
  render(
    renderControls({
      status: { name: 'loading', phase: 'download', loaded: 0, total: 0, startRequested: true, pace },
      strings: ENGLISH,
      ...{ language: 'en', lang: 'en', dir: 'ltr', disabled: false, behind: 0, silent: false, lost: [], expectedBytes },
      ...{ second: nothing, permission: nothing, field: '', notice: nothing, tools: nothing },
      press: () => undefined,
    }),
    box,
  );
  return box.querySelector('.amount')?.textContent.trim();
}

describe('a download that waits for the network', () => {
  it('shows the size that is known from the model’s name', async () => {
    assert.strictEqual(await amount(670_000_000), '0.0 / 670\u00a0MB');
    assert.strictEqual(await amount(undefined), undefined);
  });
});
