import { assert } from '@open-wc/testing';
import { available } from '../../../../src/client/index.js';
import {
  KyutaiSpeechRecognition,
  KyutaiSpeechRecognitionPhrase,
  SttError,
} from '../../../../src/client/speech-recognition/index.js';
import { recogniserRig, thrown } from './rig.js';

async function rejected(promise: Promise<unknown>): Promise<string> {
  const cause: unknown = await promise.then(
    () => 'nothing',
    (reason: unknown) => reason,
  );
  return cause instanceof DOMException ? cause.name : String(cause);
}

function track(kind: 'audio' | 'video'): MediaStreamTrack {
  const stream =
    kind === 'audio'
      ? new AudioContext().createMediaStreamDestination().stream
      : document.createElement('canvas').captureStream();
  const [found] = stream.getTracks();
  return found ?? assert.fail(`no ${kind} track`);
}

describe('KyutaiSpeechRecognition: limits and options', () => {
  it('rejects a second start, an ended track and a video track', () => {
    const { recogniser } = recogniserRig({}, { query: 'ms=20' });
    const ended = track('audio');
    ended.stop();
    assert.strictEqual(
      thrown(() => recogniser.start(ended)),
      'InvalidStateError',
    );
    assert.strictEqual(
      thrown(() => recogniser.start(track('video'))),
      'InvalidStateError',
    );
    recogniser.start(track('audio'));
    assert.strictEqual(
      thrown(() => recogniser.start()),
      'InvalidStateError',
    );
    recogniser.abort();
  });

  it('prefers phrases, skips empty ones, and refuses what is no phrase', async () => {
    const { recogniser, source, log, next } = recogniserRig();
    recogniser.phrases = [new KyutaiSpeechRecognitionPhrase('')];
    recogniser.phrases.push(new KyutaiSpeechRecognitionPhrase('forward', 2));
    recogniser.start();
    await next('audiostart');
    source().play('word', 'turn');
    await next('end');
    assert.include(log, 'forward.');
    assert.strictEqual(recogniser.phrases.length, 2);
    assert.strictEqual(
      thrown(() => new KyutaiSpeechRecognitionPhrase('louder', 11)),
      'SyntaxError',
    );
    assert.throws(() => (recogniser.phrases = ['forward' as never]), TypeError);
  });

  it('supports English and French of any region, and reports other languages', async () => {
    const { recogniser, source, log, next } = recogniserRig();
    recogniser.lang = 'de-DE';
    recogniser.start();
    await next('end');
    recogniser.lang = 'fr-CA';
    recogniser.start();
    await next('audiostart');
    source().play('word', 'turn');
    await next('end');
    assert.deepEqual(log.slice(0, 2), ['error:language-not-supported', 'end']);
    assert.include(log, 'word0.');
  });

  it('defaults to the language of the document', async () => {
    const { recogniser, log, next } = recogniserRig();
    document.documentElement.lang = 'pt';
    recogniser.start();
    document.documentElement.lang = '';
    await next('end');
    assert.deepEqual(log, ['error:language-not-supported', 'end']);
    assert.strictEqual(recogniser.lang, '');
  });

  it('has the attributes and defaults of the specification', () => {
    const recogniser = new KyutaiSpeechRecognition();
    recogniser.processLocally = false;
    const { lang, continuous, interimResults, maxAlternatives, processLocally, phrases } = recogniser;
    assert.deepEqual(
      { lang, continuous, interimResults, maxAlternatives, processLocally, phrases },
      { lang: '', continuous: false, interimResults: false, maxAlternatives: 1, processLocally: true, phrases: [] },
    );
    assert.isFalse('grammars' in recogniser);
  });

  it('reports which languages are available', async () => {
    KyutaiSpeechRecognition.configure({ model: 'demo' });
    const answer = (...langs: string[]): Promise<string> =>
      KyutaiSpeechRecognition.available({ langs, processLocally: true });
    assert.strictEqual(await answer('en-GB', 'fr'), 'available');
    assert.strictEqual(await answer('en', 'de'), 'unavailable');
    assert.strictEqual(await answer(), 'unavailable');
    assert.strictEqual(await rejected(answer('not a tag')), 'SyntaxError');
    assert.strictEqual(await rejected(KyutaiSpeechRecognition.install({ langs: ['_'] })), 'SyntaxError');
    assert.strictEqual(
      await KyutaiSpeechRecognition.available({ langs: ['en'], quality: 'dictation' }),
      'unavailable',
      'the demo model knows a few dozen words',
    );
  });

  it('uses the browser’s store like the client', async () => {
    const engine = { model: '/models/demo-en_fr-q4_0.gguf', worker: 'dedicated' } as const;
    KyutaiSpeechRecognition.configure(engine);
    const { status } = await available({ ...engine, probe: false });
    assert.strictEqual(await KyutaiSpeechRecognition.available({ langs: ['en'], quality: 'dictation' }), status);
    assert.notStrictEqual(status, 'unavailable');
    KyutaiSpeechRecognition.configure({ model: 'demo' });
    assert.isTrue(await KyutaiSpeechRecognition.install({ langs: ['en', 'fr-CA'] }));
    KyutaiSpeechRecognition.configure({});
  });

  it('uses the store of the page', async () => {
    const asked: unknown[] = [];
    const store = {
      availability: (engine: unknown) => {
        asked.push(engine);
        return Promise.resolve('downloadable' as const);
      },
      install: () => Promise.reject(new SttError('quota', 'The disk is full')),
    };
    KyutaiSpeechRecognition.configure({ model: '/some.gguf', store });
    const options = { langs: ['fr'], quality: 'conversation' } as const;
    assert.strictEqual(await KyutaiSpeechRecognition.available(options), 'downloadable');
    assert.deepEqual(asked, [{ model: '/some.gguf' }]);
    const { warn } = console;
    console.warn = () => undefined;
    assert.isFalse(await KyutaiSpeechRecognition.install(options));
    console.warn = warn;
    assert.isFalse(await KyutaiSpeechRecognition.install({ langs: ['de'] }));
    KyutaiSpeechRecognition.configure({});
  });
});
