/** Several lanes in one element: one transcript with speakers, lanes that end or fail, echoes, one channel of a recording. */
import { assert } from '@open-wc/testing';
import { sendKeys } from '@web/test-runner-commands';
import type { Lane, SttError, Utterance } from '../../../src/index.js';
import { assertAccessible, HandSource, logged, rejection, rig, until, type Rig } from './rig.js';

interface LanesRig extends Rig {
  readonly me: HandSource;
  readonly them: HandSource;
  readonly said: Utterance[];
  readonly errors: SttError[];
}

/** Two lanes that listen. What the fake engine says in both at once is an echo, unless `echo` keeps it. */
async function lanesRig({
  echo = 'keep',
  kinds = ['hand', 'hand'],
  lang = 'en',
}: {
  echo?: 'drop' | 'keep';
  kinds?: readonly string[];
  lang?: string;
} = {}): Promise<LanesRig> {
  const one = await rig({ lang });
  const [me, them] = kinds.map((kind) => new HandSource(undefined, kind)) as [HandSource, HandSource];
  const said: Utterance[] = [];
  const errors: SttError[] = [];
  one.element.addEventListener('transcript', ({ detail }) => said.push(detail));
  one.element.addEventListener('error', ({ detail }) => errors.push(detail));
  one.element.mode = 'transcript';
  await one.element.start({
    lanes: [
      { source: me, label: 'Me' },
      { source: them, label: 'Them' },
    ],
    echo,
  });
  return { ...one, me, them, said, errors, log: one.log };
}

const texts = (element: Rig['element']): string[] =>
  element.utterances.map(({ speaker, text }) => `${speaker}: ${text}`);

describe('lanes', () => {
  it('make one transcript, ordered by time, with the speaker on each utterance and event', async () => {
    const { element, me, them, said } = await lanesRig();
    them.play('nothing', 'nothing', 'nothing', 'word');
    await until(element, 'the first word', () => element.utterances.length === 1);
    me.play('nothing', 'word');
    await until(element, 'a word of each', () => element.utterances.length === 2);
    assert.deepEqual(texts(element), ['Me: word0', 'Them: word0']);
    assert.deepEqual(
      said.map(({ speaker, lane, id }) => [speaker, lane, id]),
      [
        ['Them', 1, 1],
        ['Me', 0, 2],
      ],
    );
    assert.strictEqual(element.transcript, 'Me: word0\nThem: word0');
    assert.include(element.toVTT(), '<v Me>word0');
    assert.include(element.toSRT(), 'Them: word0');
    await element.stop();
    assert.deepEqual(texts(element), ['Me: word0 word1', 'Them: word0 word1']);
    assert.isTrue(element.utterances.every(({ isFinal }) => isFinal));
    assert.strictEqual(element.state, 'ready');
    assert.strictEqual(element.metrics?.frames, 8, 'of both lanes');
  });

  it('show a paragraph with its speaker for each utterance, in place while it grows', async () => {
    const { element, me, them, part } = await lanesRig();
    me.play('word');
    await until(element, 'a word', () => element.utterances.length === 1);
    them.play('nothing', 'word', 'partial');
    await until(element, 'an unfinished word', () => part('interim') !== null);
    me.play('nothing', 'nothing', 'word');
    await until(element, 'another word', () => element.words.length === 3);
    const paragraphs = (): string[] =>
      [...(element.shadowRoot?.querySelectorAll<HTMLElement>('[part="paragraph"]') ?? [])].map(
        (paragraph) => paragraph.querySelector('p')?.textContent ?? '',
      );
    assert.deepEqual(paragraphs(), ['Meword0 word1', 'Themword0 wor']);
    const names = [...(element.shadowRoot?.querySelectorAll<HTMLElement>('[part~="speaker"]') ?? [])];
    assert.deepEqual(
      names.map((name) => name.getAttribute('part')),
      ['speaker speaker-1', 'speaker speaker-2'],
    );
    const colours = names.map((name) => getComputedStyle(name).color);
    assert.notStrictEqual(colours[0], colours[1]);
    await assertAccessible(element);
    await element.stop();
    await element.updateComplete;
    assert.deepEqual(paragraphs(), ['Meword0 word1 word2', 'Themword0 word1']);
    element.clear();
    await until(element, 'nothing', () => paragraphs().length === 0);
    // One source has the usual paragraphs again.
    const source = new HandSource();
    await element.start(source);
    source.play('word');
    await until(element, 'a word without a speaker', () => element.words.length === 1);
    assert.deepEqual(paragraphs(), ['word0']);
    assert.isNull(part('speaker'));
    element.abort();
  });

  it('are edited by the visitor, while they go on', async () => {
    const { element, me, them, said } = await lanesRig();
    element.editable = true;
    await import('../../../src/element/editing/transcript-editor-controller.js');
    await until(element, 'the editor', () => element.shadowRoot?.querySelector('#edit-keys') !== null);
    me.play('word', 'word', 'turn');
    await until(element, 'an utterance', () => element.utterances[0]?.isFinal === true);
    const word = element.shadowRoot?.querySelectorAll('[part~=word]')[1];
    word?.dispatchEvent(new MouseEvent('dblclick', { bubbles: true }));
    await sendKeys({ type: 'yes' });
    them.play('nothing', 'word');
    await until(element, 'a word of the other', () => element.utterances.length === 2);
    await sendKeys({ press: 'Enter' });
    await until(element, 'the edit', () => texts(element)[0] === 'Me: word0 yes');
    assert.deepInclude(said.at(-1), { id: 1, speaker: 'Me', text: 'word0 yes' });
    me.play('word', 'turn');
    await until(element, 'another utterance', () => element.utterances.length === 3);
    assert.deepEqual(texts(element), ['Me: word0 yes', 'Them: word0', 'Me: word2']);
    const line = element.shadowRoot?.querySelector('[part=line]');
    assert.strictEqual(line?.textContent, 'Meword0 yes');
    await element.stop();
    assert.include(element.toVTT(), '<v Me>word0 yes');
  });

  it('begin a line of the captions with the name each time another speaks', async () => {
    const { element, me, them } = await lanesRig();
    element.mode = 'captions';
    await element.updateComplete;
    const lines = (): string[] =>
      [...(element.shadowRoot?.querySelectorAll<HTMLElement>('.lines [part="line"]') ?? [])].map((line) => {
        // Chromium computes the attribute's text, Firefox and WebKit keep the expression.
        const before = getComputedStyle(line, '::before').content.replace(
          'attr(data-speaker)',
          line.getAttribute('data-speaker') ?? '',
        );
        return `${before}${line.textContent}`;
      });
    me.play('word', 'partial');
    await until(element, 'an unfinished word', () => lines().join('').includes('wor'));
    them.play('nothing', 'word');
    await until(element, 'the other', () => lines().length === 3);
    const shown = (): string[] => lines().map((line) => line.replace(/"/g, '').replace(' : ', ': '));
    assert.deepEqual(shown(), ['Me: word0', 'Them: word0', 'Me: wor']);
    me.play('word');
    await until(element, 'the finished word', () => shown()[2] === 'Me: word1');
    me.play('word');
    await until(element, 'the next', () => shown()[2] === 'Me: word1 word2');
    assert.lengthOf(lines(), 3);
    await assertAccessible(element);
    element.abort();
  });

  it('are announced with their names when an utterance is final', async () => {
    const { element, me, them, part } = await lanesRig();
    them.play('word');
    me.play('word', 'turn');
    const log = (): string => element.shadowRoot?.querySelector('[role="log"]')?.textContent ?? '';
    await until(element, 'an announcement', () => log() !== '');
    assert.strictEqual(log(), 'Me: word0');
    assert.isNotNull(part('speaker'));
    element.abort();
  });

  it('drop the words that another lane has said, and tell so what was reported before', async () => {
    const { element, me, them, said } = await lanesRig({ echo: 'drop', kinds: ['microphone', 'hand'] });
    me.play('nothing', 'word');
    await until(element, 'the echo, which is transcribed first', () => element.utterances.length === 1);
    them.play('word');
    await until(element, 'the original', () => element.utterances[0]?.speaker === 'Them');
    assert.deepEqual(texts(element), ['Them: word0']);
    assert.deepEqual(
      said.map(({ speaker, text, words }) => [speaker, text, words.length]),
      [
        ['Me', 'word0', 1],
        ['Them', 'word0', 1],
        ['Me', '', 0],
      ],
    );
    element.abort();
  });

  it('drop nothing of the same words a second later', async () => {
    const { element, me, them } = await lanesRig({ echo: 'drop' });
    them.play('word');
    me.play(...Array.from({ length: 13 }, () => 'nothing' as const), 'word');
    await until(element, 'both', () => element.utterances.length === 2);
    assert.deepEqual(texts(element), ['Them: word0', 'Me: word0']);
    element.abort();
  });

  it('go on when one of them ends', async () => {
    const { element, me, them, log } = await lanesRig();
    them.play('word');
    them.runOut();
    await until(element, 'the last word of the lane', () => element.words.length === 2);
    assert.strictEqual(element.state, 'listening');
    me.play('word');
    await until(element, 'a word of the other', () => element.words.length === 3);
    me.runOut();
    await until(element, 'the end', () => element.state === 'ready');
    assert.deepEqual(log.slice(-2), [':ready', 'end']);
    assert.strictEqual(log.filter((entry) => entry === 'end').length, 1);
    assert.strictEqual(log.filter((entry) => entry === ':finishing').length, 1);
  });

  it('go on when one of them fails: the error names it, and so does the screen', async () => {
    for (const [lang, text] of [
      ['en', /^Them: Reload the page/],
      ['fr', /^Them\u00a0: Rechargez la page/],
    ] as const) {
      const { element, me, them, errors, part, log } = await lanesRig({ lang });
      const lines = await logged(async () => {
        them.play('word', 'fail');
        await until(element, 'the error', () => errors.length > 0);
      });
      assert.match(String(lines[0]), /Lane "Them": The fake engine failed on request \(internal\)/);
      assert.deepInclude(errors[0], { code: 'internal', speaker: 'Them' });
      assert.strictEqual(element.state, 'listening');
      assert.isTrue(them.released);
      assert.isFalse(me.released);
      assert.match(part('error')?.textContent ?? '', text);
      await assertAccessible(element);
      me.play('word');
      await until(element, 'a word of the other', () => element.words.length === 2);
      await element.stop();
      assert.strictEqual(element.state, 'ready');
      assert.strictEqual(log.filter((entry) => entry === 'error').length, 1);
      const source = new HandSource();
      await element.start(source);
      await element.updateComplete;
      assert.isNull(part('error'), 'the next stream has not failed');
      element.abort();
    }
  });

  it('fail with the last of them', async () => {
    const { element, me, them, errors } = await lanesRig();
    await logged(async () => {
      them.play('fail');
      await until(element, 'the first error', () => errors.length === 1);
      me.play('fail');
      await until(element, 'the failure', () => element.state === 'failed');
    });
    assert.deepEqual(
      errors.map(({ speaker }) => speaker),
      ['Them', 'Me'],
    );
    assert.strictEqual(element.error?.speaker, 'Me');
  });

  it('pause, resume and abort together', async () => {
    const { element, me, them } = await lanesRig();
    element.pause();
    element.resume();
    element.abort();
    for (const { calls } of [me, them]) assert.deepEqual(calls, ['start', 'pause', 'resume', 'abort', 'abort']);
    assert.strictEqual(element.state, 'ready');
  });

  it('start together or not at all', async () => {
    const { element } = await rig();
    const good = new HandSource();
    const bad = new HandSource(Promise.reject(new Error('no device')));
    const lines = await logged(async () => {
      const lanes = [
        { source: good, label: 'Me' },
        { source: bad, label: 'Them' },
      ];
      const error = await rejection(element.start({ lanes }));
      assert.deepInclude(error, { speaker: 'Them' });
      assert.match(String(error), /Lane "Them": .*no device/);
    });
    assert.lengthOf(lines, 1);
    assert.isTrue(good.released);
    assert.strictEqual(element.state, 'failed');
    assert.isUndefined(element.error?.fault);
  });

  it('are checked before anything is opened', async () => {
    const { element } = await rig();
    const source = new HandSource();
    for (const [lanes, message] of [
      [[], /lanes is \[\], expected an array of/],
      ['tab', /lanes is tab, expected an array of/],
      [null, /lanes is null, expected an array of/],
      [[{ source }, 'tab'], /lanes\[1\] is tab, expected \{ source, label \}/],
      [[{ source }, { label: 'Them' }], /lanes\[1\] is .*, expected \{ source, label \}/],
      [
        [{ source, label: 'Me', channel: 0 }],
        /Lane "Me": channel is 0, source a hand; expected channel 0, 1 … of a recording/,
      ],
      [[{ source: 'x.wav', channel: -1 }], /Lane "1": channel is -1/],
      [[{ source: 'x.wav', channel: 0.5 }], /Lane "1": channel is 0.5/],
      [[{ source: 7, label: 'Them' }], /Lane "Them": .* is not a supported audio source/],
    ] as const) {
      await logged(async () => {
        const error = await rejection(element.start({ lanes: lanes as unknown as Lane[] }));
        assert.match(String(error), message);
        assert.deepInclude(error, { code: 'invalid-argument' });
      });
      assert.strictEqual(element.state, 'failed');
    }
    assert.deepEqual(source.calls, []);
  });

  it('ask for echo cancellation on the microphone, and on none without lanes', async () => {
    const { element } = await rig();
    const asked: unknown[] = [];
    const devices = navigator.mediaDevices;
    const own = Object.getOwnPropertyDescriptor(devices, 'getUserMedia');
    Object.defineProperty(devices, 'getUserMedia', {
      configurable: true,
      value: (constraints: MediaStreamConstraints) => {
        asked.push((constraints.audio as MediaTrackConstraints).echoCancellation);
        return Promise.reject(new DOMException('no', 'NotFoundError'));
      },
    });
    try {
      await logged(async () => {
        await rejection(element.start());
        const error = await rejection(
          element.start({ lanes: [{ source: 'microphone', label: 'Me' }, { source: new HandSource() }] }),
        );
        assert.deepInclude(error, { code: 'audio-capture', speaker: 'Me' });
      });
    } finally {
      if (own) Object.defineProperty(devices, 'getUserMedia', own);
      else Reflect.deleteProperty(devices, 'getUserMedia');
    }
    assert.deepEqual(asked, [false, true]);
  });
});

describe('the channels of a recording as lanes', () => {
  it('are decoded once, and transcribed apart', async () => {
    const { element } = await rig();
    const file = new Blob([stereo(0.5, 0)], { type: 'audio/wav' });
    let reads = 0;
    const read = file.arrayBuffer.bind(file);
    file.arrayBuffer = () => {
      reads++;
      return read();
    };
    await element.start({
      lanes: [
        { source: file, channel: 0, label: 'Left' },
        { source: file, channel: 1 },
      ],
      echo: 'keep',
    });
    await until(element, 'the end', () => element.state === 'ready');
    assert.deepEqual(texts(element), ['Left: word0', '2: word0']);
    assert.strictEqual(reads, 1);
  });

  it('must be there', async () => {
    const { element } = await rig();
    const source = new Blob([stereo(0.5, 0)], { type: 'audio/wav' });
    await logged(async () => {
      const error = await rejection(element.start({ lanes: [{ source, channel: 2, label: 'Them' }] }));
      assert.deepInclude(error, { code: 'audio-invalid', speaker: 'Them' });
      assert.match(String(error), /found 2 channels, expected a channel 2, from 0/);
    });
  });
});

/** A WAV of a quarter of a second with a constant value in each channel: 24 kHz, f32. */
function stereo(...values: readonly number[]): ArrayBuffer {
  const [rate, frames, count] = [24_000, 6_000, values.length];
  const bytes = new ArrayBuffer(44 + frames * count * 4);
  const view = new DataView(bytes);
  const text = (at: number, letters: string): void =>
    letters.split('').forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0)));
  text(0, 'RIFF');
  view.setUint32(4, bytes.byteLength - 8, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 3, true);
  view.setUint16(22, count, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, rate * count * 4, true);
  view.setUint16(32, count * 4, true);
  view.setUint16(34, 32, true);
  text(36, 'data');
  view.setUint32(40, frames * count * 4, true);
  for (let i = 0; i < frames * count; i++) view.setFloat32(44 + i * 4, values[i % count] ?? 0, true);
  return bytes;
}
