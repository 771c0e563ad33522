/** `for` and `start` with players: elements that contain a media element, or behave as one. */
import { assert, fixture, html } from '@open-wc/testing';
import type { TemplateResult } from 'lit';
import 'custom-media-element';
import 'media-chrome';
import { CustomVideoElement } from 'custom-media-element';
import type { KyutaiSttElement, SttError } from '../../../src/index.js';
import { FAKE_WORKER, modelUrl, rejection, rigOf, until } from './rig.js';
import { silence } from './silence.js';

/** The package's types leave the property out. */
interface NativeVideo extends HTMLElement {
  readonly nativeEl: HTMLVideoElement;
}
customElements.define('test-native-video', CustomVideoElement);
const nativeOf = (root: HTMLElement): HTMLVideoElement =>
  root.querySelector<NativeVideo>('test-native-video')?.nativeEl as HTMLVideoElement;

/** A player that draws its media, and a slider, in an open shadow root. */
class ShadowPlayer extends HTMLElement {
  constructor() {
    super();
    this.attachShadow({ mode: 'open' }).innerHTML = '<div><input type="range"><video></video></div>';
  }
}
customElements.define('test-shadow-player', ShadowPlayer);

/** A player whose media is in a closed shadow root; its property leads there. */
class ClosedPlayer extends HTMLElement {
  readonly media = document.createElement('video');

  constructor() {
    super();
    this.attachShadow({ mode: 'closed' }).append(this.media);
  }
}
customElements.define('test-closed', ClosedPlayer);

/** A player that passes a media element's members on and has no property for it. */
class MediaApi extends HTMLElement {
  readonly #video = document.createElement('video');
  readonly paused = true;
  readonly currentSrc = '';
  readonly crossOrigin = null;
  readonly played = this.#video.played;

  captureStream(): MediaStream {
    return new MediaStream();
  }

  addTextTrack(kind: TextTrackKind, label?: string, language?: string): TextTrack {
    return this.#video.addTextTrack(kind, label, language);
  }
}
customElements.define('test-media-api', MediaApi);

/** A player whose getter throws before it is ready. */
class UnreadyPlayer extends HTMLElement {
  get media(): HTMLMediaElement {
    throw new Error('not ready');
  }
}
customElements.define('test-unready-player', UnreadyPlayer);

async function page(player: TemplateResult | string): Promise<{ element: KyutaiSttElement; root: HTMLElement }> {
  const root = await fixture<HTMLElement>(html`
    <div>
      <kyutai-stt
        for="talk"
        model=${modelUrl()}
        worker-src=${FAKE_WORKER}
        worker-kind="dedicated"
        lang="en"
      ></kyutai-stt>
      ${player}
    </div>
  `);
  const element = root.querySelector('kyutai-stt') as KyutaiSttElement;
  await element.updateComplete;
  return { element, root };
}

const label = (element: KyutaiSttElement): string | undefined => rigOf(element).part('label')?.textContent.trim();

/** Whether `start()` captions `media`. */
async function assertCaptioned(
  element: KyutaiSttElement,
  media: HTMLMediaElement,
  source?: HTMLElement,
): Promise<void> {
  media.src = silence(1);
  const starting = element.start(source);
  starting.catch(() => undefined); // aborted below
  await until(element, 'a text track', () => element.textTrack !== undefined);
  assert.include([...media.textTracks], element.textTrack);
  element.abort();
}

const inside = (root: HTMLElement): HTMLVideoElement => root.querySelector('video') as HTMLVideoElement;

const players: Record<string, [TemplateResult, (root: HTMLElement) => HTMLMediaElement]> = {
  'a video in a div': [
    html`<div id="talk">
      <p><video></video></p>
    </div>`,
    inside,
  ],
  'a video in an element that is never defined': [html`<video-js id="talk"><video></video></video-js>`, inside],
  'an audio element': [
    html`<figure id="talk"><audio></audio></figure>`,
    (root) => root.querySelector('audio') as HTMLAudioElement,
  ],
  'a video beside a text field, in a player': [
    html`<test-unready-player id="talk"><input type="search" /><video></video></test-unready-player>`,
    inside,
  ],
  'a video in an open shadow root': [
    html`<test-shadow-player id="talk"></test-shadow-player>`,
    (root) => root.querySelector('test-shadow-player')?.shadowRoot?.querySelector('video') as HTMLVideoElement,
  ],
  'a video in an open shadow root, further inside': [
    html`<div id="talk"><test-shadow-player></test-shadow-player></div>`,
    (root) => root.querySelector('test-shadow-player')?.shadowRoot?.querySelector('video') as HTMLVideoElement,
  ],
  'a video that only a property leads to': [
    html`<test-closed id="talk"></test-closed>`,
    (root) => (root.querySelector('test-closed') as ClosedPlayer).media,
  ],
  'a custom-media-element': [html`<test-native-video id="talk"></test-native-video>`, nativeOf],
  'a media-controller with a video': [
    html`<media-controller id="talk"
      ><video slot="media"></video><media-time-range></media-time-range
    ></media-controller>`,
    inside,
  ],
  'a media-controller with a custom-media-element': [
    html`<media-controller id="talk"><test-native-video slot="media"></test-native-video></media-controller>`,
    nativeOf,
  ],
};

describe('a player', () => {
  for (const [what, [template, media]] of Object.entries(players)) {
    it(`is captioned: ${what}`, async () => {
      const { element, root } = await page(template);
      assert.strictEqual(label(element), 'Start listening');
      await assertCaptioned(element, media(root));
    });

    it(`is accepted by start(): ${what}`, async () => {
      const { element, root } = await page(template);
      const player = root.querySelector<HTMLElement>('#talk') as HTMLElement;
      element.htmlFor = '';
      await assertCaptioned(element, media(root), player);
    });
  }

  it('may have the methods of a media element itself', async () => {
    const { element } = await page(html`<test-media-api id="talk"></test-media-api>`);
    assert.strictEqual(label(element), 'Start listening');
    await element.start();
    assert.strictEqual(element.textTrack?.label, 'Live captions');
    assert.strictEqual(element.state, 'listening');
    element.abort();
  });

  it('of another document is recognised', async () => {
    const frame = await fixture<HTMLIFrameElement>(html`<iframe></iframe>`);
    const other = frame.contentDocument as Document;
    const wrapper = other.createElement('div');
    const video = wrapper.appendChild(other.createElement('video'));
    other.body.append(wrapper);
    const { element } = await page('');
    await assertCaptioned(element, video, wrapper);
  });

  for (const [what, template] of Object.entries({
    'an undefined player': html`<hls-video id="talk"></hls-video>`,
    'a video-js without its video': html`<video-js id="talk"><input type="range" /></video-js>`,
    'a player that is not ready': html`<test-unready-player id="talk"></test-unready-player>`,
    'an empty media-controller': html`<media-controller id="talk"><input type="range" /></media-controller>`,
  })) {
    it(`without media is refused and is never a field: ${what}`, async () => {
      const { element, root } = await page(template);
      assert.strictEqual(label(element), 'Start listening');
      const name = root.querySelector('#talk')?.localName ?? '';
      const error = (await rejection(element.start())) as SttError;
      assert.strictEqual(error.code, 'invalid-argument');
      assert.match(
        error.message,
        new RegExp(
          `^for="talk" names <${name} id="talk">( \\(not defined yet\\))?, which contains no media element: .*nativeEl`,
        ),
      );
    });
  }

  it('without media is refused by start()', async () => {
    const { element } = await page('');
    const error = (await rejection(element.start(document.createElement('hls-video')))) as SttError;
    assert.match(error.message, /^start\(\) was given <hls-video>.* contains no media element.*\(invalid-argument\)$/);
  });

  it('is not a component for text, even with media in it', async () => {
    for (const template of [
      html`<x-chat id="talk"><video></video><textarea></textarea></x-chat>`,
      html`<video-title id="talk"><input /></video-title>`,
      html`<div id="talk" contenteditable><video></video></div>`,
      html`<x-editor id="talk"
        ><div contenteditable><video></video></div
      ></x-editor>`,
    ]) {
      const { element } = await page(template);
      assert.strictEqual(label(element), 'Dictate');
    }
  });

  it('is found when its media is inserted later', async () => {
    const { element, root } = await page(html`<div id="talk"></div>`);
    assert.strictEqual(label(element), 'Dictate');
    const video = document.createElement('video');
    root.querySelector('#talk')?.append(video);
    await until(element, 'the other label', () => label(element) === 'Start listening');
    await assertCaptioned(element, video);
  });

  it('is found when its media is inserted into its shadow root later', async () => {
    const { element, root } = await page(html`<div id="talk"><test-unready-player></test-unready-player></div>`);
    const shadow = root.querySelector('test-unready-player')?.attachShadow({ mode: 'open' });
    root.querySelector('#talk')?.append('ready'); // a shadow root alone is no mutation
    await Promise.resolve();
    const video = document.createElement('video');
    shadow?.append(video);
    await until(element, 'the other label', () => label(element) === 'Start listening');
    await assertCaptioned(element, video);
  });

  it('is found when it is inserted itself', async () => {
    const { element, root } = await page('');
    const invitation = (): string => rigOf(element).part('captions')?.textContent.trim() ?? '';
    assert.include(invitation(), 'speak');
    root.insertAdjacentHTML('beforeend', '<div id="talk"><video></video></div>');
    await until(element, 'the other invitation', () => invitation().includes('playback'));
    await assertCaptioned(element, inside(root));
  });

  it('is found when it is upgraded', async () => {
    const { element, root } = await page(html`<test-late id="talk"></test-late>`);
    assert.strictEqual(label(element), 'Dictate'); // nothing says what it is
    customElements.define('test-late', class extends ShadowPlayer {});
    await until(element, 'the other label', () => label(element) === 'Start listening');
    const video = root.querySelector('#talk')?.shadowRoot?.querySelector('video');
    await assertCaptioned(element, video as HTMLVideoElement);
  });

  it('is refused after its media was removed', async () => {
    const { element, root } = await page(html`<video-js id="talk"><video></video></video-js>`);
    root.querySelector('video')?.remove();
    const error = (await rejection(element.start())) as SttError;
    assert.match(error.message, /^for="talk" names <video-js id="talk">.* contains no media element/);
  });
});
