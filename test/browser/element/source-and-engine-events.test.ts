/** Events of the source and the engine, other than transcripts. */
import { assert } from '@open-wc/testing';
import type { KyutaiSttEventMap } from '../../../src/index.js';
import { HandSource, rig, until } from './rig.js';

describe('the events of the source and the engine', () => {
  it('include devicechange, until the stream ends', async () => {
    const { element } = await rig();
    const source: HandSource & { ondevice?: ((device: { deviceId: string; label: string }) => void) | null } =
      new HandSource();
    const received: unknown[] = [];
    element.addEventListener('devicechange', ({ detail }) => received.push(detail));
    await element.start(source);
    source.ondevice?.({ deviceId: 'b', label: 'Built-in' });
    assert.deepEqual(received, [{ deviceId: 'b', label: 'Built-in' }]);
    element.abort();
    source.ondevice?.({ deviceId: 'c', label: 'Late' });
    assert.lengthOf(received, 1);
  });

  it('include recovery with its reason and time', async () => {
    const { element } = await rig();
    const source = new HandSource();
    const received: KyutaiSttEventMap['recovery']['detail'][] = [];
    element.addEventListener('recovery', ({ detail }) => received.push(detail));
    await element.start(source);
    source.play('recover');
    await until(element, 'the recovery', () => received.length > 0);
    assert.deepEqual(received, [{ reason: 'silent', since: 1.5 }]);
    element.abort();
  });
});
