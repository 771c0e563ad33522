/** Push to talk before the model is loaded: what was said comes late, or an error says that it was not recorded. */
import { assert } from '@open-wc/testing';
import { SttError } from '../../../../src/client/speech-recognition/index.js';
import { gate } from '../../element/rig.js';
import { recogniserRig, textsOf, type RecogniserRig } from './rig.js';

async function waitFor(what: string, condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 1_000 && !condition(); tries++) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.ok(condition(), what);
}

describe('KyutaiSpeechRecognition on a cold engine', () => {
  /** A recogniser that records; `open` lets the engine become ready. */
  async function recording(): Promise<RecogniserRig & { open: () => Promise<void> }> {
    const { query, open } = gate();
    let phase = '';
    const rig = recogniserRig({}, { query, progress: (progress) => (phase = progress.phase) });
    rig.recogniser.start();
    await rig.next('audiostart');
    assert.isUndefined(rig.client.info);
    return {
      ...rig,
      open: async () => {
        await waitFor('the preparation', () => phase === 'prepare');
        open();
      },
    };
  }

  it('transcribes what was said before stop()', async () => {
    const { recogniser, client, source, log, next, open } = await recording();
    source().play('word', 'word');
    const [result, end] = [next('result'), next('end')];
    recogniser.stop();
    assert.include(source().calls, 'stop');
    await open();
    assert.deepEqual(textsOf(await result), ['word0 word1 word2.']);
    await end;
    assert.notInclude(log, 'error:no-speech');
    client.close();
  });

  it('drops it on abort()', async () => {
    const { recogniser, client, source, log, next, open } = await recording();
    source().play('word');
    recogniser.abort();
    await next('end');
    await open();
    await client.load();
    assert.deepEqual(log, ['start', 'audiostart', 'audioend', 'end']);
    client.close();
  });

  it('reports the failure of the load', async () => {
    const { recogniser, client, source, log, next } = recogniserRig({}, { query: 'ms=100&fail=network' });
    const [error, end] = [next('error'), next('end')];
    recogniser.start();
    recogniser.addEventListener('audiostart', () => {
      source().play('word');
      recogniser.stop();
    });
    assert.instanceOf((await error).cause, SttError);
    await end;
    assert.deepEqual(log.slice(-2), ['error:network', 'end']);
    client.close();
  });

  it('reports that nothing was recorded if the microphone was not open yet', async () => {
    const opening = (): Promise<void> => new Promise(() => undefined);
    const { recogniser, client, source, log, next } = recogniserRig({}, { opening });
    recogniser.start();
    await client.load();
    recogniser.stop();
    await next('end');
    assert.isTrue(source().released);
    assert.deepEqual(log, ['error:no-speech', 'end']);
    client.close();
  });

  it('closes the microphone after a sentence, without waiting for the model', async () => {
    const { client, source, log, next, open } = await recording();
    for (let reading = 0; reading < 4; reading++) source().onlevel?.({ rms: 0.1, peak: 0.3 });
    source().play('word');
    for (let reading = 0; reading < 37; reading++) source().onlevel?.({ rms: 0.001, peak: 0.002 });
    assert.notInclude(source().calls, 'stop');
    const result = next('result');
    source().onlevel?.({ rms: 0.001, peak: 0.002 });
    assert.include(source().calls, 'stop');
    await open();
    assert.deepEqual(textsOf(await result), ['word0 word1.']);
    assert.notInclude(log, 'nomatch');
    client.close();
  });

  it('waits ten seconds for a sound, whether the model is loaded or not', async () => {
    const { client, source, log } = await recording();
    for (let reading = 0; reading < 126; reading++) source().onlevel?.({ rms: 0, peak: 0 });
    assert.deepEqual(log, ['start', 'audiostart', 'audioend', 'error:no-speech', 'end']);
    client.close();
  });
});
