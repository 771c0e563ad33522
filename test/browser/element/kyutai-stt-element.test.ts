import { assert, fixture, html } from '@open-wc/testing';
import { SttError } from '../../../src/index.js';
import { EVENTS, FAKE_WORKER, HandSource, modelUrl, rejection, rig, rigOf, until } from './rig.js';

describe('<kyutai-stt>', () => {
  it('fires its events in order, from start to the end of a stream', async () => {
    const { element, log } = await rig();
    const source = new HandSource();
    await element.start(source);
    source.play('word', 'word');
    await until(element, 'two words', () => element.words.length === 2);
    await element.stop();
    assert.deepEqual(
      log.filter((entry) => entry !== 'progress'),
      [
        ':loading',
        'ready',
        ':listening',
        'start',
        'transcript',
        'transcript',
        ':finishing',
        'transcript',
        'transcript',
        ':ready',
        'end',
      ],
    );
    assert.strictEqual(element.transcript, 'word0 word1 word2');
    assert.strictEqual(element.metrics?.frames, 3);
  });

  it('fires transcript for every word with the utterance so far, and once more when it is final', async () => {
    const { element } = await rig();
    const received: unknown[] = [];
    element.addEventListener('transcript', ({ detail }) =>
      received.push([detail.id, detail.text, detail.isFinal, detail.words.length]),
    );
    const source = new HandSource();
    await element.start(source);
    source.play('word', 'word', 'turn', 'word');
    await until(element, 'three words', () => element.words.length === 3);
    await element.stop();
    assert.deepEqual(received, [
      [1, 'word0', false, 1],
      [1, 'word0 word1', false, 2],
      [1, 'word0 word1', true, 2],
      [2, 'word2', false, 1],
      [2, 'word2 word3', false, 2],
      [2, 'word2 word3', true, 2],
    ]);
  });

  it('lets only its events of words bubble and cross shadow roots', async () => {
    const outer = await fixture<HTMLElement>(html`<div></div>`);
    const element = document.createElement('kyutai-stt');
    for (const [name, value] of Object.entries({ model: modelUrl(), 'worker-src': FAKE_WORKER, name: 'words' }))
      element.setAttribute(name, value);
    outer.attachShadow({ mode: 'open' }).append(element);
    const { log } = rigOf(element);
    const reached = { root: new Set<string>(), host: new Set<string>(), page: new Set<string>() };
    const places = { root: outer.shadowRoot, host: outer, page: document } as const;
    for (const type of [...EVENTS, 'input', 'change']) {
      for (const place of ['root', 'host', 'page'] as const)
        places[place]?.addEventListener(type, () => reached[place].add(type), { once: true });
    }
    const source = new HandSource();
    await element.start(source);
    source.play('word');
    source.onlevel?.({ rms: 0.1, peak: 0.2 });
    await until(element, 'a word', () => element.transcript !== '');
    await element.stop();
    await rejection(element.start(7 as never));
    const fired = log.map((entry) => (entry.startsWith(':') ? 'statechange' : entry));
    for (const type of ['progress', 'ready', 'start', 'level', 'transcript', 'statechange', 'end', 'error'] as const)
      assert.include(fired, type);
    assert.sameMembers([...reached.root], ['transcript', 'input', 'change']);
    assert.sameMembers([...reached.host], ['transcript', 'input']);
    assert.sameMembers([...reached.page], ['transcript', 'input']);
  });

  it('shows its state as :state(), without an attribute', async () => {
    const { element } = await rig();
    const attributes = element.getAttributeNames();
    assert.strictEqual(element.matches(':state(idle)'), true);
    await element.start(new HandSource());
    assert.strictEqual(element.matches(':state(listening)'), true);
    assert.strictEqual(element.matches(':state(idle)'), false);
    assert.deepEqual(element.getAttributeNames(), attributes);
    element.abort();
  });

  it('adds words to the captions and never rewrites one', async () => {
    const { element, part } = await rig();
    const source = new HandSource();
    await element.start(source);
    source.play('word', 'partial');
    await until(element, 'the unfinished word', () => part('interim') !== null);
    const first = part('word');
    assert.strictEqual(first?.textContent, 'word0');
    assert.strictEqual(part('interim')?.getAttribute('aria-hidden'), 'true');
    source.play('word');
    await until(element, 'the second word', () => element.words.length === 2);
    assert.strictEqual(part('word'), first);
    assert.strictEqual(part('interim'), null);
    element.abort();
  });

  it('ends when the recording ends', async () => {
    const { element, log } = await rig();
    const source = new HandSource();
    await element.start(source);
    source.play('word');
    source.runOut();
    await until(element, 'the end', () => log.includes('end'));
    assert.strictEqual(element.state, 'ready');
    assert.strictEqual(element.transcript, 'word0 word1');
  });

  it('pauses and resumes the source', async () => {
    const { element } = await rig();
    const source = new HandSource();
    await element.start(source);
    element.pause();
    assert.strictEqual(element.state, 'paused');
    element.resume();
    assert.strictEqual(element.state, 'listening');
    assert.deepEqual(source.calls, ['start', 'pause', 'resume']);
    element.abort();
  });

  it('clears the transcript and continues to listen', async () => {
    const { element } = await rig();
    const source = new HandSource();
    await element.start(source);
    source.play('word');
    await until(element, 'a word', () => element.words.length === 1);
    element.clear();
    assert.strictEqual(element.transcript, '');
    source.play('word');
    await until(element, 'the next word', () => element.words.length === 1);
    assert.strictEqual(element.transcript, 'word1');
    element.abort();
  });

  it('prefers phrases of its attribute or property, also changed while it listens', async () => {
    const { element } = await rig();
    element.setAttribute('phrases', ' Kyutai, speech to text\n,');
    assert.deepEqual(element.phrases, ['Kyutai', 'speech to text']);
    const source = new HandSource();
    await element.start(source);
    source.play('word');
    await until(element, 'the phrase', () => element.transcript === 'Kyutai');
    element.phrases = [{ phrase: 'Moshi', boost: 3 }];
    await element.updateComplete;
    source.play('word');
    await until(element, 'another', () => element.transcript === 'Kyutai Moshi');
    element.removeAttribute('phrases');
    await element.updateComplete;
    source.play('word');
    await until(element, 'a word', () => element.transcript === 'Kyutai Moshi word2');
    element.phrases = [{ phrase: 'loud', boost: 11 }];
    await element.updateComplete;
    await until(element, 'the error', () => element.state === 'failed');
    assert.strictEqual(element.error?.code, 'invalid-argument');
  });

  it('exports the transcript as WebVTT and SubRip', async () => {
    const { element } = await rig();
    const source = new HandSource();
    await element.start(source);
    source.play('word');
    await element.stop();
    assert.match(element.toVTT(), /^WEBVTT\n\n00:00:00\.000 --> .*\nword0 word1\n$/);
    assert.match(element.toSRT(), /^1\n00:00:00,000 --> .*\nword0 word1\n$/);
  });

  it('shows how far the engine is behind', async () => {
    const { element, part, log } = await rig();
    const source = new HandSource();
    await element.start(source);
    source.play('backlog');
    await until(element, 'the stall', () => log.includes('stall'));
    assert.strictEqual(part('status')?.textContent, 'Catching up (3\u00a0s behind)');
    assert.strictEqual(part('backlog')?.ariaHidden, 'true'); // screen readers read the status without the seconds
    element.abort();
  });

  it('shows the meter only while listening', async () => {
    const { element, part } = await rig();
    const source = new HandSource();
    const levels: number[] = [];
    element.addEventListener('level', ({ detail }) => levels.push(detail.rms));
    await element.start(source);
    await element.updateComplete;
    source.onlevel?.({ rms: 0.1, peak: 0.5 });
    assert.deepEqual(levels, [0.1]);
    assert.closeTo(Number(part('meter')?.style.getPropertyValue('--level')), 0.67, 0.01); // -20 dB of 60
    assert.strictEqual(part('meter')?.hidden, false);
    element.abort();
    await element.updateComplete;
    assert.strictEqual(part('meter')?.hidden, true);
  });

  it('warns when an open microphone sends no sound', async () => {
    const { element, part } = await rig();
    const source = new HandSource(undefined, 'microphone');
    await element.start(source);
    source.onsilent?.(true);
    await element.updateComplete;
    assert.match(part('status')?.textContent ?? '', /muted/);
    source.onsilent?.(false);
    await element.updateComplete;
    assert.strictEqual(part('status')?.textContent, 'Listening');
    element.abort();
  });

  it('does not warn when a file or a media element is silent', async () => {
    for (const kind of ['file', 'media-element', 'stream']) {
      const { element, part } = await rig();
      const source = new HandSource(undefined, kind);
      await element.start(source);
      source.onsilent?.(true);
      await element.updateComplete;
      assert.strictEqual(part('status')?.textContent, 'Listening');
      element.abort();
    }
  });

  it('shows the invitation only in states in which the button starts', async () => {
    const { element, part } = await rig({ query: 'ms=20' });
    const shown = (): string => part('captions')?.textContent.trim() ?? '';
    assert.strictEqual(shown(), 'Press the button and speak.');
    const starting = element.start(new HandSource());
    await until(element, 'loading', () => element.state === 'loading');
    assert.strictEqual(shown(), '');
    await starting;
    await element.updateComplete;
    assert.strictEqual(shown(), 'Listening…');
    element.pause();
    await element.updateComplete;
    assert.strictEqual(shown(), '');
    element.abort();
    await element.updateComplete;
    assert.strictEqual(shown(), 'Press the button and speak.');
    await rejection(element.start(new HandSource(Promise.reject(new SttError('not-allowed', 'no')))));
    await element.updateComplete;
    assert.strictEqual(shown(), '');
  });

  it('invites to start playback for a media element, and to speak otherwise', async () => {
    const page = await fixture(
      html`<div><video id="film"></video><kyutai-stt model="none" for="film" lang="en"></kyutai-stt></div>`,
    );
    const element = page.querySelector('kyutai-stt');
    assert.ok(element);
    await element.updateComplete;
    const invitation = (): string => element.shadowRoot?.querySelector('.invitation')?.textContent ?? '';
    assert.strictEqual(invitation(), 'Press the button, then start playback.');
    element.lang = 'fr';
    await element.updateComplete;
    assert.strictEqual(invitation(), 'Appuyez sur le bouton, puis lancez la lecture.');
    element.htmlFor = '';
    element.lang = 'en';
    await element.updateComplete;
    assert.strictEqual(invitation(), 'Press the button and speak.');
  });
});
