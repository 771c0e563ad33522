import { expect } from '@open-wc/testing';
import { SttError } from '../../../src/index.js';
import { HandSource, rejection, rig, until } from './rig.js';

describe('<kyutai-stt>', () => {
  it('goes from a press to words and back, telling each step in order', async () => {
    const { element, log } = await rig();
    const source = new HandSource();
    await element.start(source);
    source.play('word', 'word');
    await until(element, 'two words', () => element.words.length === 2);
    await element.stop();
    expect(log.filter((entry) => entry !== 'progress')).to.deep.equal([
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
    ]);
    expect(element.transcript).to.equal('word0 word1 word2');
    expect(element.metrics?.frames).to.equal(3);
  });

  it('tells of every word with the utterance so far, and once when it is complete', async () => {
    const { element } = await rig();
    const heard: unknown[] = [];
    element.addEventListener('transcript', ({ detail }) =>
      heard.push([detail.id, detail.text, detail.isFinal, detail.words.length]),
    );
    const source = new HandSource();
    await element.start(source);
    source.play('word', 'word', 'turn', 'word');
    await until(element, 'three words', () => element.words.length === 3);
    await element.stop();
    expect(heard).to.deep.equal([
      [1, 'word0', false, 1],
      [1, 'word0 word1', false, 2],
      [1, 'word0 word1', true, 2],
      [2, 'word2', false, 1],
      [2, 'word2 word3', false, 2],
      [2, 'word2 word3', true, 2],
    ]);
  });

  it('lets events cross shadow roots and bubble', async () => {
    const { element } = await rig();
    const seen: string[] = [];
    const hear = ({ type, composed }: Event): void => void seen.push(`${type} ${composed}`);
    document.addEventListener('transcript', hear, { once: true });
    const source = new HandSource();
    await element.start(source);
    source.play('word');
    await until(element, 'a word', () => seen.length === 1);
    expect(seen).to.deep.equal(['transcript true']);
    element.abort();
  });

  it('shows its state as :state() and writes no attribute', async () => {
    const { element } = await rig();
    const attributes = element.getAttributeNames();
    expect(element.matches(':state(idle)')).to.equal(true);
    await element.start(new HandSource());
    expect(element.matches(':state(listening)')).to.equal(true);
    expect(element.matches(':state(idle)')).to.equal(false);
    expect(element.getAttributeNames()).to.deep.equal(attributes);
    element.abort();
  });

  it('adds words to the log and never rewrites one', async () => {
    const { element, part } = await rig();
    const source = new HandSource();
    await element.start(source);
    source.play('word', 'partial');
    await until(element, 'the unfinished word', () => part('interim') !== null);
    const first = part('word');
    expect(first?.textContent).to.equal('word0');
    expect(part('interim')?.getAttribute('aria-hidden')).to.equal('true');
    source.play('word');
    await until(element, 'the second word', () => element.words.length === 2);
    expect(part('word')).to.equal(first);
    expect(part('interim')).to.equal(null);
    expect(part('captions')?.getAttribute('role')).to.equal('log');
    element.abort();
  });

  it('finishes by itself when the recording is over', async () => {
    const { element, log } = await rig();
    const source = new HandSource();
    await element.start(source);
    source.play('word');
    source.runOut();
    await until(element, 'the end', () => log.includes('end'));
    expect(element.state).to.equal('ready');
    expect(element.transcript).to.equal('word0 word1');
  });

  it('pauses without finishing, and stops the clock by stopping the source', async () => {
    const { element } = await rig();
    const source = new HandSource();
    await element.start(source);
    element.pause();
    expect(element.state).to.equal('paused');
    element.resume();
    expect(element.state).to.equal('listening');
    expect(source.calls).to.deep.equal(['start', 'pause', 'resume']);
    element.abort();
  });

  it('clears the words and hears on', async () => {
    const { element } = await rig();
    const source = new HandSource();
    await element.start(source);
    source.play('word');
    await until(element, 'a word', () => element.words.length === 1);
    element.clear();
    expect(element.transcript).to.equal('');
    source.play('word');
    await until(element, 'the next word', () => element.words.length === 1);
    expect(element.transcript).to.equal('word1');
    element.abort();
  });

  it('writes what it heard as captions files', async () => {
    const { element } = await rig();
    const source = new HandSource();
    await element.start(source);
    source.play('word');
    await element.stop();
    expect(element.toVTT()).to.match(/^WEBVTT\n\n00:00:00\.000 --> .*\nword0 word1\n$/);
    expect(element.toSRT()).to.match(/^1\n00:00:00,000 --> .*\nword0 word1\n$/);
  });

  it('says how far behind the engine is', async () => {
    const { element, part, log } = await rig();
    const source = new HandSource();
    await element.start(source);
    source.play('backlog');
    await until(element, 'the stall', () => log.includes('stall'));
    expect(part('status')?.textContent).to.contain('3');
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
    expect(levels).to.deep.equal([0.1]);
    expect(Number(part('meter')?.style.getPropertyValue('--level'))).to.be.within(0.6, 0.7);
    expect(part('meter')?.hidden).to.equal(false);
    element.abort();
    await element.updateComplete;
    expect(part('meter')?.hidden).to.equal(true);
  });

  it('tells when an open microphone sends nothing', async () => {
    const { element, part } = await rig();
    const source = new HandSource();
    await element.start(source);
    source.onsilent?.(true);
    await element.updateComplete;
    expect(part('status')?.textContent).to.match(/muted/);
    source.onsilent?.(false);
    await element.updateComplete;
    expect(part('status')?.textContent).to.equal('Listening');
    element.abort();
  });

  it('rejects a source that is no sound, without changing state', async () => {
    const { element, log } = await rig();
    const error = await rejection(element.start(42 as never));
    expect(error).to.be.instanceOf(SttError);
    expect((error as SttError).code).to.equal('invalid-argument');
    expect(log).to.deep.equal(['error']);
    expect(element.state).to.equal('idle');
  });

  it('names what is wrong with its for attribute', async () => {
    const { element } = await rig();
    element.htmlFor = 'nowhere';
    const error = (await rejection(element.start())) as SttError;
    expect(error.code).to.equal('invalid-argument');
    expect(error.message).to.contain('nowhere');
  });
});
