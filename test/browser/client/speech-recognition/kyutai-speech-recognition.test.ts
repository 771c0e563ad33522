import { assert } from '@open-wc/testing';
import { SttError } from '../../../../src/client/speech-recognition/index.js';
import { recogniserRig, textsOf, thrown } from './rig.js';

describe('KyutaiSpeechRecognition', () => {
  it('fires the events of one sentence in the specification’s order, then ends', async () => {
    const { recogniser, source, log, next } = recogniserRig();
    recogniser.start();
    await next('audiostart');
    source().onlevel?.({ rms: 0.1, peak: 0.2 });
    source().play('word', 'partial', 'word', 'turn', 'word');
    await next('end');
    assert.deepEqual(log, [
      'start',
      'audiostart',
      'soundstart',
      'speechstart',
      'word0 word1.',
      'speechend',
      'soundend',
      'audioend',
      'end',
    ]);
    assert.isTrue(source().released);
  });

  it('fires an interim result for every word and never retracts one', async () => {
    const { recogniser, source, log, next } = recogniserRig();
    recogniser.interimResults = true;
    recogniser.start();
    await next('audiostart');
    source().play('partial', 'word', 'partial', 'word', 'turn');
    await next('end');
    const results = log.filter((entry) => entry.startsWith('wor'));
    assert.deepEqual(results, ['wor', 'word0', 'word0 wor', 'word0 word1', 'word0 word1.']);
  });

  it('continues after a pause in continuous mode until it is stopped', async () => {
    const { recogniser, source, log, next } = recogniserRig();
    recogniser.continuous = true;
    recogniser.start();
    await next('audiostart');
    source().play('word', 'turn', 'word', 'word', 'turn');
    await next('result');
    const { resultIndex } = await next('result');
    assert.strictEqual(resultIndex, 1);
    const [last, end] = [next('result'), next('end')];
    recogniser.stop();
    recogniser.stop();
    assert.strictEqual((await last).resultIndex, 2);
    assert.deepEqual(textsOf(await last), ['word0.', ' word1 word2.', ' word3.']);
    await end;
    assert.deepEqual(log.slice(-4), ['speechend', 'soundend', 'audioend', 'end']);
    assert.strictEqual(log.filter((entry) => entry === 'speechstart').length, 3);
    assert.strictEqual(log.filter((entry) => entry === 'end').length, 1);
  });

  it('provides the list, confidence and times in seconds of each result', async () => {
    const { recogniser, source, next } = recogniserRig();
    recogniser.start();
    await next('audiostart');
    source().play('nothing', 'word', 'nothing', 'word', 'turn');
    const { results, resultIndex } = await next('result');
    const result = results.item(0) ?? assert.fail('no result');
    assert.strictEqual(resultIndex, 0);
    assert.strictEqual(results.length, 1);
    assert.strictEqual(results[0], result);
    assert.isNull(results.item(1));
    assert.strictEqual(result.length, 1);
    assert.strictEqual(result[0], result.item(0));
    assert.strictEqual(result[0]?.confidence, 0.5);
    assert.closeTo(result.audioStartTime, 0.08, 1e-9);
    assert.closeTo(result.audioEndTime, 0.32, 1e-9);
    assert.deepEqual(
      result.words.map(({ text }) => text),
      ['word0', 'word1'],
    );
  });

  it('calls only the latest handler, in the position of the first', async () => {
    const { recogniser, source, next } = recogniserRig();
    const called: string[] = [];
    recogniser.onstart = () => called.push('never');
    recogniser.addEventListener('start', () => called.push('listener'));
    recogniser.onstart = function (event) {
      called.push(`handler ${event.type} ${this === recogniser}`);
    };
    recogniser.onend = () => called.push('removed');
    recogniser.onend = null;
    recogniser.start();
    await next('audiostart');
    source().play('word', 'turn');
    await next('end');
    assert.deepEqual(called, ['handler start true', 'listener']);
    assert.isNull(recogniser.onend);
    assert.isTrue('onspeechstart' in recogniser);
  });

  it('releases the device at once on abort, and fires only closing events', async () => {
    const { recogniser, source, log, next } = recogniserRig();
    recogniser.continuous = true;
    recogniser.start();
    await next('audiostart');
    source().play('word', 'word');
    await next('speechstart');
    recogniser.abort();
    assert.isTrue(source().released);
    assert.strictEqual(
      thrown(() => recogniser.start()),
      'InvalidStateError',
    );
    await next('end');
    assert.deepEqual(log.slice(-4), ['speechend', 'soundend', 'audioend', 'end']);
    assert.isFalse(log.some((entry) => entry.endsWith('.')));
  });

  it('can start again after it has ended', async () => {
    const { recogniser, source, log, next } = recogniserRig();
    for (let round = 0; round < 2; round++) {
      recogniser.start();
      await next('audiostart');
      source().play('word', 'turn');
      await next('end');
    }
    assert.strictEqual(log.filter((entry) => entry === 'word0.').length, 2);
  });

  it('can be started from its error event', async () => {
    const openings = [Promise.reject(new SttError('microphone-busy', 'taken')), Promise.resolve()];
    const opening = (): Promise<void> => openings.shift() ?? assert.fail('started a third time');
    const { recogniser, log, next } = recogniserRig({}, { opening });
    recogniser.addEventListener('error', () => recogniser.start(), { once: true });
    recogniser.start();
    await next('audiostart');
    assert.deepEqual(log, ['error:audio-capture', 'end', 'start', 'audiostart']);
    recogniser.abort();
    await next('end');
  });

  it('ends without a start event if stopped while the model loads', async () => {
    const { recogniser, source, log, next } = recogniserRig({}, { query: 'ms=20' });
    recogniser.start();
    recogniser.stop();
    assert.isTrue(source().released);
    await next('end');
    assert.deepEqual(log, ['end']);
  });

  it('reports a failure by the specification’s name, with the SttError as its cause', async () => {
    const refusal = new SttError('not-allowed', 'the visitor said no');
    const { recogniser, log, next } = recogniserRig({}, { opening: () => Promise.reject(refusal) });
    const [error, end] = [next('error'), next('end')];
    recogniser.start();
    assert.strictEqual((await error).cause, refusal);
    assert.strictEqual((await error).message, refusal.message);
    await end;
    assert.deepEqual(log, ['error:not-allowed', 'end']);
  });

  it('reports an engine failure after the words so far', async () => {
    const { recogniser, source, log, next } = recogniserRig();
    recogniser.start();
    await next('audiostart');
    source().play('word', 'fail');
    await next('end');
    assert.deepEqual(log.slice(-3), ['audioend', 'error:service-not-allowed', 'end']);
    assert.include(log, 'word0.');
  });

  it('waits ten seconds for speech unless continuous', async () => {
    const { recogniser, source, log, next } = recogniserRig();
    recogniser.start();
    await next('audiostart');
    for (let reading = 0; reading < 126; reading++) source().onlevel?.({ rms: 0, peak: 0 });
    assert.deepEqual(log, ['start', 'audiostart', 'audioend', 'error:no-speech', 'end']);
    recogniser.continuous = true;
    recogniser.start();
    await next('audiostart');
    for (let reading = 0; reading < 1_000; reading++) source().onlevel?.({ rms: 0, peak: 0 });
    assert.strictEqual(log.at(-1), 'audiostart');
    recogniser.abort();
    await next('end');
  });

  it('ends a sentence after three seconds of silence if the model detects no end', async () => {
    const { recogniser, source, next, log } = recogniserRig();
    recogniser.start();
    await next('audiostart');
    source().onlevel?.({ rms: 0.1, peak: 0.3 });
    source().play('word');
    await next('speechstart');
    for (let reading = 0; reading < 37; reading++) source().onlevel?.({ rms: 0.001, peak: 0.002 });
    assert.notInclude(source().calls, 'stop');
    const [result, end] = [next('result'), next('end')];
    source().onlevel?.({ rms: 0.001, peak: 0.002 });
    assert.include(source().calls, 'stop');
    assert.deepEqual(textsOf(await result), ['word0 word1.']);
    await end;
    assert.strictEqual(log.at(-1), 'end');
  });

  it('reports the start and end of sound without speech', async () => {
    const { recogniser, source, log, next } = recogniserRig();
    recogniser.start();
    await next('audiostart');
    source().onlevel?.({ rms: 0.05, peak: 0.1 });
    for (let reading = 0; reading < 6; reading++) source().onlevel?.({ rms: 0, peak: 0 });
    source().onlevel?.({ rms: 0.05, peak: 0.1 });
    for (let reading = 0; reading < 126; reading++) source().onlevel?.({ rms: 0, peak: 0 });
    assert.deepEqual(log.slice(2), ['soundstart', 'soundend', 'soundstart', 'soundend', 'audioend', 'nomatch', 'end']);
  });
});
