/** Microphones that come, go, fall silent and are chosen. */
import { assert } from '@open-wc/testing';
import type { AudioSource } from '../../../../src/audio/audio-source.js';
import { createSource } from '../../../../src/audio/create-source.js';
import type { MicrophoneOptions } from '../../../../src/audio/sources/microphone.js';
import { chooseMicrophone, chosenMicrophone, microphones } from '../../../../src/audio/sources/microphone-choice.js';
import { abortAll, Listener, Told, track, WORKLET_URL } from '../audio-receiver.js';
import { devices, endMicrophones, replaceGetUserMedia, states, watchGetUserMedia } from './fake-microphones.js';

const open = (options: MicrophoneOptions = {}): AudioSource =>
  track(createSource(undefined, { workletUrl: WORKLET_URL, ...options }));

describe('microphones that change', function () {
  this.retries(2); // live sound, as in microphone.test.ts
  this.timeout(30_000);
  afterEach(() => {
    abortAll();
    chooseMicrophone('');
    Reflect.deleteProperty(devices, 'getUserMedia');
    Reflect.deleteProperty(devices, 'enumerateDevices');
  });

  /** Replaces the list of devices, and reports the change. */
  function setDevices(list: readonly Partial<MediaDeviceInfo>[]): void {
    devices.enumerateDevices = () => Promise.resolve(list as MediaDeviceInfo[]);
    devices.dispatchEvent(new Event('devicechange'));
  }

  const isInput = ({ kind }: Partial<MediaDeviceInfo>): boolean => kind === 'audioinput';
  const input = (deviceId: string): Partial<MediaDeviceInfo> => ({ kind: 'audioinput', deviceId, label: deviceId });

  it('says all it heard, then audio-capture, when it is unplugged and there is no other', async () => {
    const { streams, sounds } = endMicrophones(1);
    const [source, listener] = [open(), new Listener()];
    const told = new Told(source);
    await source.start(listener.port);
    await listener.until(({ messages }) => messages.length >= 5);
    await sounds[0]?.end();
    const error = await told.broken;
    assert.strictEqual(error.code, 'audio-capture');
    assert.include(error.message, 'none left');
    await listener.until(({ ended }) => ended);
    assert.isAtLeast(listener.frames.length, 5);
    assert.deepEqual(states(streams), ['ended']);
  });

  describe('with a list of devices that changes', () => {
    /** A stream from a device called `mic`, after which no other opens. */
    async function listening(): Promise<{ listener: Listener; told: Told; streams: MediaStream[] }> {
      const streams: MediaStream[] = [];
      replaceGetUserMedia(async (real, ask) => {
        if (streams.length > 0) throw new DOMException('none left', 'NotFoundError');
        const stream = await real(ask);
        for (const track of stream.getAudioTracks()) track.getSettings = () => ({ deviceId: 'mic' });
        streams.push(stream);
        return stream;
      });
      const [source, listener] = [open(), new Listener()];
      const told = new Told(source);
      await source.start(listener.port);
      return { listener, told, streams };
    }

    for (const [what, list] of [
      ['only other microphones', [input('other')]],
      ['no microphone at all', []],
      ['no microphone, but a camera', [{ kind: 'videoinput', deviceId: 'eye' }]],
      ['no microphone, but a camera without a name', [{ kind: 'videoinput', deviceId: '' }]],
    ] as const) {
      it(`notices that it is gone where the list has ${what}`, async () => {
        const { listener, told, streams } = await listening();
        setDevices(list);
        const error = await told.broken;
        assert.strictEqual(error.code, 'audio-capture');
        assert.match(error.message, /no longer among the devices.*none left/);
        await listener.until(({ ended }) => ended);
        assert.deepEqual(states(streams), ['ended']);
      });
    }

    for (const [what, list] of [
      ['another one fewer', [input('mic')]],
      ['another one more', [input('mic'), input('other'), input('new')]],
      ['another order', [input('other'), input('mic')]],
      ['another default', [input('default'), input('other'), input('mic')]],
      ['its ids hidden, as where the permission was withdrawn', [input('')]],
      ['some ids hidden', [input(''), input('other')]],
    ] as const) {
      it(`goes on where the list has ${what}`, async () => {
        const { listener, told, streams } = await listening();
        let broken = false;
        void told.broken.then(() => (broken = true));
        setDevices([input('mic'), input('other')]);
        setDevices(list);
        const heard = listener.frames.length;
        await listener.until(({ frames }) => frames.length > heard + 5);
        assert.isFalse(broken);
        assert.deepEqual(states(streams), ['live']);
      });
    }
  });

  it('goes on with another when it is unplugged, without a gap in its frames, and takes it back when it returns', async () => {
    const { streams, asked, sounds } = endMicrophones();
    const all = (await devices.enumerateDevices()).filter(isInput);
    const [first, second] = [all[0]?.deviceId ?? '', all.find(({ deviceId }) => deviceId !== all[0]?.deviceId)];
    const [source, listener] = [open({ deviceId: first }), new Listener()];
    const changes: string[] = [];
    source.ondevice = ({ deviceId, label }) => {
      assert.isNotEmpty(label);
      changes.push(deviceId);
    };
    await source.start(listener.port);
    await listener.until(({ messages }) => messages.length >= 5);

    await sounds[0]?.end();
    while (changes.length < 1) await new Promise((resolve) => setTimeout(resolve, 10));
    assert.deepEqual(states(streams), ['ended', 'live']);
    // Whichever the system has: it is not asked for by name.
    assert.notProperty(asked[1]?.audio, 'deviceId');
    const heard = listener.frames.length;
    await listener.until(({ messages }) => messages.length >= heard + 5);

    // It was another one's turn, and the first is on the list again.
    const track = streams[1]?.getAudioTracks()[0];
    if (track) track.getSettings = () => ({ deviceId: second?.deviceId ?? 'another' });
    setDevices([...all, input('another')]);
    while (changes.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
    assert.deepEqual(states(streams), ['ended', 'ended', 'live']);
    assert.strictEqual(changes[1], first);

    await source.stop();
    await listener.until(({ ended }) => ended);
    assert.deepEqual(
      listener.messages.flatMap((message) => (message.type === 'frame' ? [message.index] : [])),
      Array.from({ length: listener.frames.length }, (_, i) => i),
    );
    assert.deepEqual(states(streams), ['ended', 'ended', 'ended']);
  });

  it('keeps the one in use where the first is back and does not open', async () => {
    const { streams, sounds } = endMicrophones(2);
    const all = (await devices.enumerateDevices()).filter(isInput);
    const [source, listener] = [open(), new Listener()];
    const told = new Told(source);
    let broken = false;
    void told.broken.then(() => (broken = true));
    await source.start(listener.port);
    await sounds[0]?.end();
    while (streams.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
    const track = streams[1]?.getAudioTracks()[0];
    if (track) track.getSettings = () => ({ deviceId: 'another' });
    setDevices([...all, input('another')]);
    const heard = listener.frames.length;
    await listener.until(({ messages }) => messages.length >= heard + 5);
    assert.isFalse(broken);
    assert.deepEqual(states(streams), ['ended', 'live']);
  });

  it('tells of a mute at once, and of its end', async () => {
    const { sounds } = endMicrophones();
    const [source, listener] = [open(), new Listener()];
    const told = new Told(source);
    await source.start(listener.port);
    await sounds[0]?.mute();
    assert.deepEqual(told.silences, [true]);
    await sounds[0]?.unmute();
    assert.deepEqual(told.silences, [true, false]);
  });

  it('changes to the one the visitor chooses in the middle of a stream, unless the page has named one', async () => {
    const { streams, asked } = watchGetUserMedia();
    const [source, listener] = [open(), new Listener()];
    const changes: string[] = [];
    source.ondevice = ({ deviceId }) => changes.push(deviceId);
    await source.start(listener.port);
    const { deviceId: used = '' } = streams[0]?.getAudioTracks()[0]?.getSettings() ?? {};
    const named = open({ deviceId: used });
    await named.start(new Listener().port);
    // The one in use, where the browser has no other: choosing that changes nothing.
    const all = (await devices.enumerateDevices()).filter(isInput).map(({ deviceId }) => deviceId);
    const chosen = all.filter((id) => id !== 'default' && id !== used)[0] ?? used;
    chooseMicrophone(chosen);
    while (chosen !== used && changes.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    const heard = listener.frames.length;
    await listener.until(({ frames }) => frames.length > heard + 5);
    assert.deepEqual(changes, chosen === used ? [] : [chosen]);
    assert.lengthOf(asked, chosen === used ? 2 : 3);
    if (chosen !== used) assert.deepInclude(asked[2]?.audio, { deviceId: { exact: chosen } });
    assert.deepEqual(states(streams.slice(0, 2)).sort(), [chosen === used ? 'live' : 'ended', 'live']);
  });

  it('prefers the one the visitor chose the last time, and does without it', async () => {
    const { asked } = watchGetUserMedia();
    chooseMicrophone('in a drawer');
    const source = open();
    await source.prepare();
    assert.deepInclude(asked[0]?.audio, { deviceId: { ideal: 'in a drawer' } });
    source.abort();
    chooseMicrophone('');
    assert.strictEqual(chosenMicrophone(), '');
    await open().prepare();
    assert.notProperty(asked[1]?.audio, 'deviceId');
  });

  it('lists the microphones there are', async () => {
    await open().prepare();
    const listed = await microphones();
    assert.isAtLeast(listed.length, 1);
    for (const { deviceId, label } of listed) assert.isTrue(deviceId !== '' && label !== '');
  });
});
