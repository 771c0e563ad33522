/** What the element passes on of its source and its engine, beside words. */
import { assert } from '@open-wc/testing';
import type { KyutaiSttEventMap } from '../../../src/index.js';
import { HandSource, rig, until } from './rig.js';

describe('what the element tells beside words', () => {
  it('that the microphone is another one now', async () => {
    const { element } = await rig();
    const source: HandSource & { ondevice?: ((device: { deviceId: string; label: string }) => void) | null } =
      new HandSource();
    const told: unknown[] = [];
    element.addEventListener('devicechange', ({ detail }) => told.push(detail));
    await element.start(source);
    source.ondevice?.({ deviceId: 'b', label: 'Built-in' });
    assert.deepEqual(told, [{ deviceId: 'b', label: 'Built-in' }]);
    element.abort();
    source.ondevice?.({ deviceId: 'c', label: 'Late' });
    assert.lengthOf(told, 1);
  });

  it('that a threshold for turns is none, and how it is told of turns', async () => {
    const { element } = await rig();
    element.setAttribute('turn-threshold', '1.5');
    element.setAttribute('turn-horizon', '1');
    const started = element.start(new HandSource()).catch((cause: unknown) => cause);
    await until(element, 'the refusal', () => element.state === 'failed');
    await started;
    assert.strictEqual(element.error?.code, 'invalid-argument');
    assert.include(element.error?.message, '1.5');
    element.removeAttribute('turn-threshold');
    assert.strictEqual(element.turnThreshold, 0.5);
    await element.start(new HandSource());
    element.abort();
  });

  it('that the model had lost its way', async () => {
    const { element } = await rig();
    const source = new HandSource();
    const told: KyutaiSttEventMap['recovery']['detail'][] = [];
    element.addEventListener('recovery', ({ detail }) => told.push(detail));
    await element.start(source);
    source.play('recover');
    await until(element, 'the recovery', () => told.length > 0);
    assert.deepEqual(told, [{ reason: 'silent', since: 1.5 }]);
    element.abort();
  });
});
