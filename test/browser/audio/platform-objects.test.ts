import { assert, fixture, html } from '@open-wc/testing';
import { createSource } from '../../../src/client/index.js';
import type { AudioInput } from '../../../src/audio/create-source.js';

const WORKLET = { workletUrl: '/unused.js' };

/** The global scope of an iframe: its objects are not instances of this window's classes. */
async function otherWindow(): Promise<Window & typeof globalThis> {
  const { contentWindow } = await fixture<HTMLIFrameElement>(html`<iframe title="Another window"></iframe>`);
  if (!contentWindow) throw new Error('the iframe has no window');
  return contentWindow as Window & typeof globalThis;
}

const inputs: Record<string, [kind: string, make: (other: Window & typeof globalThis) => unknown]> = {
  'a video': ['media-element', (other) => other.document.createElement('video')],
  'an audio element': ['media-element', (other) => new other.Audio()],
  'a stream': ['stream', (other) => new other.MediaStream()],
  'a track': ['stream', (other) => new other.AudioContext().createMediaStreamDestination().stream.getAudioTracks()[0]],
  'a blob': ['file', (other) => new other.Blob(['x'])],
  'a file': ['file', (other) => new other.File(['x'], 'x.wav')],
  'a buffer': ['file', (other) => new other.ArrayBuffer(8)],
  'a URL': ['file', (other) => new other.URL('https://example.org/x.wav')],
};

describe('createSource with an object of another window', () => {
  for (const [name, [kind, make]] of Object.entries(inputs)) {
    it(`accepts ${name}`, async () => {
      const source = createSource(make(await otherWindow()) as AudioInput, WORKLET);
      assert.strictEqual(source.kind, kind);
      source.abort();
    });
  }

  it('refuses other objects, also those that claim to be of a class', () => {
    const claims = Object.defineProperty({}, Symbol.toStringTag, { value: 'HTMLVideoElement' });
    for (const input of [{}, [], null, 5, document.createElement('p'), claims, Object.create(Blob.prototype)])
      assert.throws(() => createSource(input as AudioInput, WORKLET), /is not a supported audio source/);
  });
});
