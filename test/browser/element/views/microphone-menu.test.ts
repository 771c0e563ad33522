/** The microphone menu of the visitor's settings. */
import { assert } from '@open-wc/testing';
import { chooseMicrophone, chosenMicrophone } from '../../../../src/index.js';
import { HandSource, rig, until } from '../rig.js';

const select = (element: HTMLElement): HTMLSelectElement | null =>
  element.shadowRoot?.querySelector<HTMLSelectElement>('select[name="microphone"]') ?? null;

const device = (deviceId: string, label: string): MediaDeviceInfo =>
  ({ kind: 'audioinput', deviceId, label }) as MediaDeviceInfo;

describe('the microphone menu', () => {
  const { mediaDevices } = navigator;
  let listed: MediaDeviceInfo[] = [];
  beforeEach(() => (mediaDevices.enumerateDevices = () => Promise.resolve(listed)));
  afterEach(() => {
    Reflect.deleteProperty(mediaDevices, 'enumerateDevices');
    chooseMicrophone('');
  });

  it('appears once a stream has started, if there are two microphones', async () => {
    listed = [device('default', 'Default - A'), device('a', 'A'), device('b', 'B')];
    const { element } = await rig();
    assert.isNull(select(element));
    await element.start(new HandSource());
    await until(element, 'the choice', () => select(element) !== null);
    const texts = Array.from(select(element)?.options ?? [], ({ text }) => text);
    assert.deepEqual(texts, ['System default', 'A', 'B']);
    assert.strictEqual(select(element)?.value, '');
    element.abort();
  });

  it('stores the choice for all elements', async () => {
    listed = [device('a', 'A'), device('b', 'B')];
    const [one, two] = [await rig(), await rig({ lang: 'fr' })];
    for (const { element } of [one, two]) {
      await element.start(new HandSource());
      await until(element, 'the choice', () => select(element) !== null);
    }
    const chosen = select(one.element);
    if (chosen) chosen.value = 'b';
    chosen?.dispatchEvent(new Event('change'));
    assert.strictEqual(chosenMicrophone(), 'b');
    await until(two.element, 'the choice in the other', () => select(two.element)?.value === 'b');
    assert.strictEqual(select(two.element)?.options[0]?.text, 'Par défaut');
  });

  it('is missing if there is only one microphone', async () => {
    listed = [device('default', 'Default - A'), device('a', 'A')];
    const { element } = await rig();
    await element.start(new HandSource());
    mediaDevices.dispatchEvent(new Event('devicechange'));
    await new Promise((resolve) => setTimeout(resolve, 50));
    await element.updateComplete;
    assert.isNull(select(element));
    element.abort();
  });
});
