import { assert } from '@open-wc/testing';
import { SttError } from '../../../../src/index.js';
import { assertAccessible, HandSource, logged, rejection, rig, type Rig } from '../rig.js';

const refusal = (): SttError =>
  SttError.from(new DOMException('Permission denied', 'NotAllowedError'), 'getUserMedia(audio)', 'not-allowed');

async function failed(error: SttError, lang = 'en'): Promise<Rig> {
  const all = await rig({ lang });
  await logged(() => rejection(all.element.start(new HandSource(Promise.reject(error)))));
  await all.element.updateComplete;
  return all;
}

const BUTTON = 'HTMLMicrophoneElement';
const hasButton = BUTTON in globalThis;

describe('<kyutai-stt> without permission for the microphone', () => {
  // Browsers without it parse the tag as an unknown element, which <kyutai-stt> treats the same.
  before(() => {
    if (!hasButton) Reflect.set(globalThis, BUTTON, HTMLUnknownElement);
  });
  after(() => {
    if (!hasButton) Reflect.deleteProperty(globalThis, BUTTON);
  });

  it("shows the browser's permission button, in the language of the visitor", async () => {
    const { element, part } = await failed(refusal(), 'fr');
    const control = part('permission');
    assert.ok(control);
    assert.strictEqual(control.localName, 'microphone');
    assert.strictEqual(control.lang, 'fr');
    assert.include(part('error')?.textContent, 'Autorisez l’accès au microphone');
    assert.notInclude(part('error')?.innerHTML, 'microphone>'); // alerts should contain no buttons
    await assertAccessible(element);
  });

  it('removes the button after another error, and while the element is disabled', async () => {
    const { element, part } = await failed(refusal());
    element.disabled = true;
    await element.updateComplete;
    assert.isNull(part('permission'));
    element.disabled = false;
    await logged(() =>
      rejection(element.start(new HandSource(Promise.reject(new SttError('audio-capture', 'none is there'))))),
    );
    await element.updateComplete;
    assert.ok(part('error'));
    assert.isNull(part('permission'));
  });

  it('hides the button if the browser reports that it cannot be used', async () => {
    const { element, part } = await failed(refusal());
    part('permission')?.dispatchEvent(new Event('error'));
    assert.strictEqual(part('permission')?.hidden, true);
    assert.strictEqual(element.state, 'failed');
    assert.include(part('error')?.textContent, 'Allow microphone access');
  });

  it('has no button if the browser blocks audio playback, which no permission changes', async () => {
    const { part } = await failed(new SttError('not-allowed', 'The audio context did not begin'));
    assert.ok(part('error'));
    assert.isNull(part('permission'));
  });

  it('has no button if the browser does not support it, or the permissions policy blocks the microphone', async () => {
    const known = Reflect.get(globalThis, BUTTON) as unknown;
    Reflect.deleteProperty(globalThis, BUTTON);
    try {
      const { part } = await failed(refusal());
      assert.isNull(part('permission'));
      assert.include(part('error')?.textContent, 'Allow microphone access');
    } finally {
      Reflect.set(globalThis, BUTTON, known);
    }
    const policy = { allowsFeature: (feature: string) => feature !== 'microphone' };
    Object.defineProperty(document, 'featurePolicy', { value: policy, configurable: true });
    try {
      assert.isNull((await failed(refusal())).part('permission'));
    } finally {
      Reflect.deleteProperty(document, 'featurePolicy');
    }
  });
});
