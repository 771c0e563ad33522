import { assert, fixture, html } from '@open-wc/testing';
import { LateTargetController } from '../../../../src/element/controllers/late-target-controller.js';
import { bareElement } from './bare-host.js';

async function lateRig(htmlFor: string) {
  const page = await fixture<HTMLElement>(html`<div></div>`);
  const host = bareElement({ htmlFor, target: null as HTMLElement | null });
  const controller = new LateTargetController(host);
  page.append(host);
  await host.updateComplete;
  /** A turn of the observers, then the host's update. */
  const settled = async (): Promise<boolean> => {
    await Promise.resolve();
    return host.updateComplete;
  };
  return { page, host, controller, settled };
}

describe('LateTargetController', () => {
  it('observes until there is a media element', async () => {
    const { page, controller, settled } = await lateRig('late');
    assert.isTrue(controller.observes);
    page.insertAdjacentHTML('beforeend', '<div id="late"></div>');
    await settled();
    assert.isTrue(controller.observes);
    page.lastElementChild?.append(document.createElement('p'));
    await settled();
    assert.isTrue(controller.observes);
    page.lastElementChild?.append(document.createElement('audio'));
    await settled();
    assert.isFalse(controller.observes);
  });

  it('observes until there is a field, and no longer than the host is in the document', async () => {
    const { page, host, controller, settled } = await lateRig('late');
    host.remove();
    assert.isFalse(controller.observes);
    page.append(host);
    await settled();
    assert.isTrue(controller.observes);
    page.insertAdjacentHTML('beforeend', '<textarea id="late"></textarea>');
    await settled();
    assert.isFalse(controller.observes);
  });

  it('does not observe without for, or with a target', async () => {
    assert.isFalse((await lateRig('')).controller.observes);
    const { host, controller, settled } = await lateRig('late');
    host.target = document.createElement('textarea');
    host.requestUpdate();
    await settled();
    assert.isFalse(controller.observes);
  });
});
