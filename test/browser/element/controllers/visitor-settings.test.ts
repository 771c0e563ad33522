import { assert } from '@open-wc/testing';
import {
  parseSettings,
  visitorSettings,
  VisitorSettingsController,
} from '../../../../src/element/controllers/visitor-settings.js';
import { BareHost } from './bare-host.js';

describe('visitor settings', () => {
  afterEach(() => visitorSettings.reset());

  it('ignore unknown names and values, and damaged JSON', () => {
    const text = JSON.stringify({ size: 'large', colours: 'pink', speed: 'fast' });
    assert.deepEqual(parseSettings(text), { size: 'large' });
    for (const damaged of [null, '', '{', '7', 'null']) assert.deepEqual(parseSettings(damaged), {});
  });

  it('update their hosts while they are in the document', () => {
    const host = new BareHost();
    const controller = new VisitorSettingsController(host);
    controller.hostConnected();
    visitorSettings.set('size', 'larger');
    assert.strictEqual(host.updates, 1);
    assert.deepEqual(controller.current, { size: 'larger' });
    controller.hostDisconnected();
    visitorSettings.set('size', 'small');
    assert.strictEqual(host.updates, 1);
  });
});
