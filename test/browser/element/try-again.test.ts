import { assert } from '@open-wc/testing';
import { SttError, type StartInput } from '../../../src/index.js';
import { HandSource, logged, rejection, rig, until, type Rig } from './rig.js';

/** 16-bit mono WAV of 0.2 s of a tone. */
function wav(): Uint8Array<ArrayBuffer> {
  const samples = 4800;
  const bytes = new DataView(new ArrayBuffer(44 + samples * 2));
  const tag = (at: number, text: string): void =>
    new TextEncoder().encode(text).forEach((code, i) => bytes.setUint8(at + i, code));
  tag(0, 'RIFF');
  bytes.setUint32(4, 36 + samples * 2, true);
  tag(8, 'WAVEfmt ');
  bytes.setUint32(16, 16, true);
  bytes.setUint16(20, 1, true);
  bytes.setUint16(22, 1, true);
  bytes.setUint32(24, 24_000, true);
  bytes.setUint32(28, 48_000, true);
  bytes.setUint16(32, 2, true);
  bytes.setUint16(34, 16, true);
  tag(36, 'data');
  bytes.setUint32(40, samples * 2, true);
  for (let i = 0; i < samples; i++) bytes.setInt16(44 + i * 2, Math.round(8000 * Math.sin(i / 10)), true);
  return new Uint8Array(bytes.buffer);
}

/** Counts requests for the microphone, which are refused. */
async function withoutMicrophone(work: () => Promise<void>): Promise<number> {
  const { mediaDevices } = navigator;
  const original = mediaDevices.getUserMedia.bind(mediaDevices);
  let requests = 0;
  mediaDevices.getUserMedia = () => {
    requests += 1;
    return Promise.reject(new DOMException('not in this test', 'NotAllowedError'));
  };
  try {
    await logged(work);
  } finally {
    mediaDevices.getUserMedia = original;
  }
  return requests;
}

async function failedWith(input: StartInput, lang = 'en'): Promise<Rig> {
  const all = await rig({ lang });
  await logged(() => rejection(all.element.start(input)));
  await until(all.element, 'the failure', () => all.element.state === 'failed');
  return all;
}

const text = ({ part }: Rig): string => part('error')?.textContent ?? '';
const failures = ({ log }: Rig): number => log.filter((entry) => entry === 'error').length;

describe('<kyutai-stt>, its button after a failure', () => {
  it('names the file and its fault, in English and in French', async () => {
    const readme = new File(['# Not audio'], 'README.md');
    const english = await failedWith(readme);
    assert.include(text(english), '“README.md” can’t be played by this browser');
    assert.include(text(english), 'Choose another audio file');
    const french = await failedWith(readme, 'fr');
    assert.include(text(french), '«\u00a0README.md\u00a0» ne peut pas être lu par ce navigateur');
    const empty = await failedWith(new File([], '{name} $& {recording}.wav'));
    assert.include(text(empty), '“{name} $& {recording}.wav” is empty.');
    assert.include(text(await failedWith(new Blob(['x']))), 'The recording can’t be played');
    const missing = await failedWith('/status/404/caf%C3%A9.ogg?token=1');
    assert.strictEqual(missing.element.error?.code, 'network');
    assert.include(text(missing), '“café.ogg” couldn’t be downloaded.');
    const odd = wav();
    odd[20] = 0x31; // GSM 06.10
    assert.include(text(await failedWith(new File([odd], 'phone.wav'))), '“phone.wav” is in an audio format that');
  });

  it('names what a media element cannot play', async () => {
    const media = document.createElement('audio');
    const all = await rig();
    await all.element.start(media);
    await logged(async () => {
      media.src = '/status/404/talk.mp3';
      await until(all.element, 'the failure', () => all.element.state === 'failed');
    });
    assert.include(text(all), '“talk.mp3” can’t be played by this browser');
    assert.strictEqual(all.part('label')?.textContent, 'Start listening');
  });

  it('names no recording where something else fails', async () => {
    const all = await rig({ query: 'fail=network' });
    await logged(() => rejection(all.element.start(new File([wav()], 'fine.wav'))));
    await until(all.element, 'the failure', () => all.element.state === 'failed');
    assert.notInclude(text(all), 'fine.wav');
  });

  it('starts listening instead of the same bad file', async () => {
    for (const [lang, label] of [
      ['en', 'Start listening'],
      ['fr', 'Démarrer l’écoute'],
    ] as const) {
      const all = await failedWith(new File(['# Not audio'], 'README.md'), lang);
      assert.strictEqual(all.part('label')?.textContent, label);
      const requests = await withoutMicrophone(async () => {
        all.button.click();
        await until(all.element, 'the microphone', () => failures(all) === 2);
      });
      assert.strictEqual(requests, 1);
      assert.include(all.part('label')?.textContent, lang === 'en' ? 'Try again' : 'Réessayer');
    }
    assert.strictEqual((await failedWith(42 as never)).part('label')?.textContent, 'Start listening');
    const used = await failedWith(new HandSource(Promise.reject(new SttError('network', 'x'))));
    assert.strictEqual(used.part('label')?.textContent, 'Start listening');
  });

  it('repeats a recording that could not be downloaded, and opens no microphone', async () => {
    const url = URL.createObjectURL(new Blob([wav()]));
    const { fetch } = globalThis;
    const all = await rig();
    const { element } = all;
    let asked = 0;
    globalThis.fetch = (...args) => {
      if (args[0] !== url) return fetch(...args);
      asked += 1;
      return asked === 1 ? Promise.reject(new TypeError('Failed to fetch')) : fetch(...args);
    };
    try {
      const requests = await withoutMicrophone(async () => {
        await rejection(element.start(url));
        await until(element, 'the failure', () => element.state === 'failed');
        assert.strictEqual(all.part('label')?.textContent, 'Try again');
        all.button.click();
        await until(element, 'the recording', () => all.log.includes('end'));
      });
      assert.deepEqual([asked, requests, failures(all)], [2, 0, 1]);
    } finally {
      globalThis.fetch = fetch;
      URL.revokeObjectURL(url);
    }
  });

  it('repeats a file, a stream and a media element whose engine failed', async () => {
    const context = new AudioContext();
    const { stream } = context.createMediaStreamDestination();
    const media = document.createElement('audio');
    media.srcObject = stream;
    for (const input of [new File([wav()], 'fine.wav'), stream, stream.getAudioTracks()[0], media]) {
      const all = await rig({ query: 'fail=worker-failed&once' });
      const { element } = all;
      const requests = await withoutMicrophone(async () => {
        await rejection(element.start(input));
        await until(element, 'the failure', () => element.state === 'failed');
        assert.strictEqual(all.part('label')?.textContent, 'Try again');
        all.button.click();
        await until(element, 'the second start', () => all.log.includes('start') || failures(all) > 1);
      });
      assert.deepEqual([requests, failures(all)], [0, 1], Object.prototype.toString.call(input));
      element.abort();
    }
    await context.close();
  });

  it('only loads the model again where only that failed', async () => {
    const all = await rig({ query: 'fail=network&once' });
    const requests = await withoutMicrophone(async () => {
      await rejection(all.element.load());
      await until(all.element, 'the failure', () => all.element.state === 'failed');
      assert.include(all.button.textContent, 'Try again');
      all.button.click();
      await until(all.element, 'the model', () => all.element.state === 'ready');
    });
    assert.strictEqual(requests, 0);
  });

  it('removes the words of the last stream as soon as a file is started', async () => {
    const all = await rig();
    const { element } = all;
    const source = new HandSource();
    await element.start(source);
    source.play('word');
    await until(element, 'a word', () => element.transcript !== '');
    await element.stop();
    assert.include(element.transcript, 'word0');
    await logged(async () => {
      const starting = rejection(element.start(new File(['# Not audio'], 'README.md')));
      assert.deepEqual([element.transcript, element.value, element.metrics], ['', '', undefined]);
      await starting;
    });
    await until(element, 'the failure', () => element.state === 'failed');
    assert.strictEqual(element.transcript, '');
  });

  it('repeats the memory choice with the same file', async () => {
    const all = await rig({ query: 'fail=quota' });
    const requests = await withoutMicrophone(async () => {
      await rejection(all.element.start(new File([wav()], 'fine.wav')));
      await until(all.element, 'the choice', () => all.part('memory') !== null);
      all.part('memory')?.click();
      await until(all.element, 'the end', () => all.log.includes('end') || failures(all) > 1);
    });
    assert.deepEqual([requests, failures(all)], [0, 1]);
  });
});
