/** Microphones that come, go, fall silent and are chosen. */
import { assert } from '@open-wc/testing';
import type { AudioSource } from '../../../src/audio/audio-source.js';
import { createSource } from '../../../src/audio/create-source.js';
import type { MicrophoneOptions } from '../../../src/audio/sources/microphone.js';
import { chooseMicrophone, chosenMicrophone, microphones } from '../../../src/audio/sources/microphone-choice.js';
import { abortAll, Listener, Told, track, WORKLET_URL } from './listening.js';
import { devices, replaceGetUserMedia, states, watchGetUserMedia } from './microphones.js';

const open = (options: MicrophoneOptions = {}): AudioSource =>
  track(createSource(undefined, { workletUrl: WORKLET_URL, ...options }));

describe('microphones that change', function () {
  this.retries(2); // live sound, as in microphone.test.ts
  afterEach(() => {
    abortAll();
    Reflect.deleteProperty(devices, 'getUserMedia');
    Reflect.deleteProperty(devices, 'enumerateDevices');
  });

  /** From the second call on there is no microphone to be had. */
  function onlyOnce(): MediaStream[] {
    const streams: MediaStream[] = [];
    replaceGetUserMedia(async (real, ask) => {
      if (streams.length > 0) throw new DOMException('none left', 'NotFoundError');
      streams.push(await real(ask));
      return streams[0]!;
    });
    return streams;
  }

  it('says all it heard, then audio-capture, when it is unplugged and there is no other', async () => {
    const streams = onlyOnce();
    const [source, listener] = [open(), new Listener()];
    const told = new Told(source);
    await source.start(listener.port);
    await listener.until(({ messages }) => messages.length >= 5);
    streams[0]?.getAudioTracks()[0]?.dispatchEvent(new Event('ended'));
    const error = await told.broken;
    assert.strictEqual(error.code, 'audio-capture');
    assert.include(error.message, 'none left');
    await listener.until(({ ended }) => ended);
    assert.isAtLeast(listener.frames.length, 5);
    assert.deepEqual(states(streams), ['ended']);
  });

  it('notices a device that left the list without a word', async () => {
    const streams = onlyOnce();
    const [source, listener] = [open(), new Listener()];
    const told = new Told(source);
    await source.start(listener.port);
    const all = await devices.enumerateDevices();
    devices.dispatchEvent(new Event('devicechange')); // another device came or went
    await listener.until(({ messages }) => messages.length >= 5);
    assert.isFalse(listener.ended);
    const { deviceId } = streams[0]?.getAudioTracks()[0]?.getSettings() ?? {};
    devices.enumerateDevices = () => Promise.resolve(all.filter((device) => device.deviceId !== deviceId));
    devices.dispatchEvent(new Event('devicechange'));
    assert.strictEqual((await told.broken).code, 'audio-capture');
    await listener.until(({ ended }) => ended);
  });

  it('goes on with another when it is unplugged, without a gap in its frames, and takes it back when it returns', async () => {
    const { streams, asked } = watchGetUserMedia();
    const all = (await devices.enumerateDevices()).filter(({ kind }) => kind === 'audioinput');
    const [first, second] = [all[0]?.deviceId ?? '', all.find(({ deviceId }) => deviceId !== all[0]?.deviceId)];
    const [source, listener] = [open({ deviceId: first }), new Listener()];
    const changes: string[] = [];
    source.ondevice = ({ deviceId, label }) => {
      assert.isNotEmpty(label);
      changes.push(deviceId);
    };
    await source.start(listener.port);
    await listener.until(({ messages }) => messages.length >= 5);

    streams[0]?.getAudioTracks()[0]?.dispatchEvent(new Event('ended'));
    while (changes.length < 1) await new Promise((resolve) => setTimeout(resolve, 10));
    assert.deepEqual(states(streams), ['ended', 'live']);
    // Whichever the system has: it is not asked for by name.
    assert.notProperty(asked[1]?.audio, 'deviceId');
    const heard = listener.frames.length;
    await listener.until(({ messages }) => messages.length >= heard + 5);

    // It was another one's turn, and the first is on the list again.
    const track = streams[1]?.getAudioTracks()[0];
    if (track) track.getSettings = () => ({ deviceId: second?.deviceId ?? 'another' });
    devices.enumerateDevices = () =>
      Promise.resolve([...all, { kind: 'audioinput', deviceId: 'another' } as MediaDeviceInfo]);
    devices.dispatchEvent(new Event('devicechange'));
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
    const streams: MediaStream[] = [];
    replaceGetUserMedia(async (real, ask) => {
      if (streams.length === 2) throw new DOMException('in use', 'NotReadableError');
      streams.push(await real(ask));
      return streams.at(-1);
    });
    const all = (await devices.enumerateDevices()).filter(({ kind }) => kind === 'audioinput');
    const [source, listener] = [open(), new Listener()];
    const told = new Told(source);
    let broken = false;
    void told.broken.then(() => (broken = true));
    await source.start(listener.port);
    streams[0]?.getAudioTracks()[0]?.dispatchEvent(new Event('ended'));
    while (streams.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
    const track = streams[1]?.getAudioTracks()[0];
    if (track) track.getSettings = () => ({ deviceId: 'another' });
    devices.enumerateDevices = () =>
      Promise.resolve([...all, { kind: 'audioinput', deviceId: 'another' } as MediaDeviceInfo]);
    devices.dispatchEvent(new Event('devicechange'));
    const heard = listener.frames.length;
    await listener.until(({ messages }) => messages.length >= heard + 5);
    assert.isFalse(broken);
    assert.deepEqual(states(streams), ['ended', 'live']);
  });

  it('tells of a mute at once, and of its end', async () => {
    const { streams } = watchGetUserMedia();
    const [source, listener] = [open(), new Listener()];
    const told = new Told(source);
    await source.start(listener.port);
    const track = streams[0]?.getAudioTracks()[0];
    track?.dispatchEvent(new Event('mute'));
    assert.deepEqual(told.silences, [true]);
    track?.dispatchEvent(new Event('unmute'));
    assert.deepEqual(told.silences, [true, false]);
  });

  it('changes to the one the visitor chooses in the middle of a stream, unless the page has named one', async () => {
    const { streams, asked } = watchGetUserMedia();
    const [deviceId = ''] = (await devices.enumerateDevices())
      .filter(({ kind }) => kind === 'audioinput')
      .map((device) => device.deviceId)
      .filter((id) => id !== 'default');
    const [source, listener] = [open(), new Listener()];
    const named = open({ deviceId: 'default' });
    const changed = new Promise((resolve) => (source.ondevice = resolve));
    await source.start(listener.port);
    await named.start(new Listener().port);
    chooseMicrophone(deviceId);
    await changed;
    chooseMicrophone('');
    assert.deepInclude(asked[2]?.audio, { deviceId: { exact: deviceId } });
    assert.lengthOf(asked, 3);
    assert.deepEqual(states(streams.slice(0, 2)).sort(), ['ended', 'live']);
    const heard = listener.frames.length;
    await listener.until(({ frames }) => frames.length > heard + 5);
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
