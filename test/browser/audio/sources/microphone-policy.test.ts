import { assert } from '@open-wc/testing';
import { openMicrophone } from '../../../../src/audio/sources/open-microphone.js';
import type { SttError } from '../../../../src/index.js';

/** Opens a microphone that the browser refuses, under a policy that allows it or not. */
async function refused(allowed: boolean | undefined): Promise<SttError> {
  const own = Object.getOwnPropertyDescriptor(document, 'featurePolicy');
  const devices = navigator.mediaDevices;
  Object.defineProperty(document, 'featurePolicy', {
    configurable: true,
    value: allowed === undefined ? undefined : { allowsFeature: () => allowed },
  });
  devices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'));
  try {
    return await openMicrophone({}).then(
      () => assert.fail('the microphone was opened'),
      (cause: unknown) => cause as SttError,
    );
  } finally {
    Reflect.deleteProperty(devices, 'getUserMedia');
    Reflect.deleteProperty(document, 'featurePolicy');
    if (own) Object.defineProperty(document, 'featurePolicy', own);
  }
}

describe('a microphone that the browser refuses', () => {
  it('is blocked by the policy of the frame, for its author to change', async () => {
    const { code, message, cause } = await refused(false);
    assert.strictEqual(code, 'blocked-by-policy');
    assert.include(message, window === top ? 'Permissions-Policy' : 'allow="microphone"');
    assert.strictEqual((cause as DOMException).name, 'NotAllowedError');
  });

  it('was refused by the visitor where the policy allows it, or is not known in a page of its own', async () => {
    for (const allowed of [true, undefined]) assert.strictEqual((await refused(allowed)).code, 'not-allowed');
  });
});
