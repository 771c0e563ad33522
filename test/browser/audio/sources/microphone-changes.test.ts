/** Switching microphones: unplugging, plugging in, muting and choosing them. */
import { assert } from '@open-wc/testing';
import type { AudioSource } from '../../../../src/audio/audio-source.js';
import { createSource } from '../../../../src/audio/create-source.js';
import type { MicrophoneOptions } from '../../../../src/audio/sources/microphone.js';
import { chooseMicrophone, chosenMicrophone, microphones } from '../../../../src/audio/sources/microphone-choice.js';
import { abortAll, AudioReceiver, SourceEvents, track, WORKLET_URL } from '../audio-receiver.js';
import { endable, type EndableAudio } from './endable-stream.js';
import { devices, endableMicrophones, replaceGetUserMedia, states, watchGetUserMedia } from './fake-microphones.js';

const open = (options: MicrophoneOptions = {}): AudioSource =>
  track(createSource(undefined, { workletUrl: WORKLET_URL, ...options }));

describe('switching microphones', function () {
  this.retries(2); // live audio, as in microphone.test.ts
  this.timeout(30_000);
  afterEach(() => {
    abortAll();
    chooseMicrophone('');
    Reflect.deleteProperty(devices, 'getUserMedia');
    Reflect.deleteProperty(devices, 'enumerateDevices');
  });

  /** Replaces the list of devices and fires `devicechange`. */
  function setDevices(list: readonly Partial<MediaDeviceInfo>[]): void {
    devices.enumerateDevices = () => Promise.resolve(list as MediaDeviceInfo[]);
    devices.dispatchEvent(new Event('devicechange'));
  }

  const isInput = ({ kind }: Partial<MediaDeviceInfo>): boolean => kind === 'audioinput';
  const input = (deviceId: string): Partial<MediaDeviceInfo> => ({ kind: 'audioinput', deviceId, label: deviceId });

  it('posts all audio, then fails with audio-capture, when the only microphone is unplugged', async () => {
    const { streams, sounds } = endableMicrophones(1);
    const [source, receiver] = [open(), new AudioReceiver()];
    const events = new SourceEvents(source);
    await source.start(receiver.port);
    await receiver.until(({ messages }) => messages.length >= 5);
    await sounds[0]?.end();
    const error = await events.broken;
    assert.strictEqual(error.code, 'audio-capture');
    assert.include(error.message, 'none left');
    await receiver.until(({ ended }) => ended);
    assert.isAtLeast(receiver.frames.length, 5);
    assert.deepEqual(states(streams), ['ended']);
  });

  describe('when the list of devices changes', () => {
    /** Starts a stream from a device with the id `mic`; no other microphone can be opened. */
    async function startMic(): Promise<{ receiver: AudioReceiver; events: SourceEvents; streams: MediaStream[] }> {
      const streams: MediaStream[] = [];
      replaceGetUserMedia(async (real, ask) => {
        if (streams.length > 0) throw new DOMException('none left', 'NotFoundError');
        const stream = await real(ask);
        for (const track of stream.getAudioTracks()) track.getSettings = () => ({ deviceId: 'mic' });
        streams.push(stream);
        return stream;
      });
      const [source, receiver] = [open(), new AudioReceiver()];
      const events = new SourceEvents(source);
      await source.start(receiver.port);
      return { receiver, events, streams };
    }

    for (const [what, list] of [
      ['only other microphones', [input('other')]],
      ['no microphone at all', []],
      ['no microphone, but a camera', [{ kind: 'videoinput', deviceId: 'eye' }]],
      ['no microphone, but a camera without a name', [{ kind: 'videoinput', deviceId: '' }]],
    ] as const) {
      it(`fails when the list has ${what}`, async () => {
        const { receiver, events, streams } = await startMic();
        setDevices(list);
        const error = await events.broken;
        assert.strictEqual(error.code, 'audio-capture');
        assert.match(error.message, /no longer among the devices.*none left/);
        await receiver.until(({ ended }) => ended);
        assert.deepEqual(states(streams), ['ended']);
      });
    }

    for (const [what, list] of [
      ['another one fewer', [input('mic')]],
      ['another one more', [input('mic'), input('other'), input('new')]],
      ['another order', [input('other'), input('mic')]],
      ['another default', [input('default'), input('other'), input('mic')]],
      ['its ids hidden, as after the permission is revoked', [input('')]],
      ['some ids hidden', [input(''), input('other')]],
    ] as const) {
      it(`continues when the list has ${what}`, async () => {
        const { receiver, events, streams } = await startMic();
        let broken = false;
        void events.broken.then(() => (broken = true));
        setDevices([input('mic'), input('other')]);
        setDevices(list);
        const before = receiver.frames.length;
        await receiver.until(({ frames }) => frames.length > before + 5);
        assert.isFalse(broken);
        assert.deepEqual(states(streams), ['live']);
      });
    }
  });

  it('switches to another microphone when unplugged, without a gap in the frames, and back when it returns', async () => {
    const { streams, asked, sounds } = endableMicrophones();
    const all = (await devices.enumerateDevices()).filter(isInput);
    const [first, second] = [all[0]?.deviceId ?? '', all.find(({ deviceId }) => deviceId !== all[0]?.deviceId)];
    const [source, receiver] = [open({ deviceId: first }), new AudioReceiver()];
    const changes: string[] = [];
    source.ondevice = ({ deviceId, label }) => {
      assert.isNotEmpty(label);
      changes.push(deviceId);
    };
    await source.start(receiver.port);
    await receiver.until(({ messages }) => messages.length >= 5);

    await sounds[0]?.end();
    while (changes.length < 1) await new Promise((resolve) => setTimeout(resolve, 10));
    assert.deepEqual(states(streams), ['ended', 'live']);
    // The system default, requested without an id.
    assert.notProperty(asked[1]?.audio, 'deviceId');
    const before = receiver.frames.length;
    await receiver.until(({ messages }) => messages.length >= before + 5);

    // Now another microphone is in use, and the first is listed again.
    const track = streams[1]?.getAudioTracks()[0];
    if (track) track.getSettings = () => ({ deviceId: second?.deviceId ?? 'another' });
    setDevices([...all, input('another')]);
    while (changes.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
    assert.deepEqual(states(streams), ['ended', 'ended', 'live']);
    assert.strictEqual(changes[1], first);

    await source.stop();
    await receiver.until(({ ended }) => ended);
    assert.deepEqual(
      receiver.messages.flatMap((message) => (message.type === 'frame' ? [message.index] : [])),
      Array.from({ length: receiver.frames.length }, (_, i) => i),
    );
    assert.deepEqual(states(streams), ['ended', 'ended', 'ended']);
  });

  it('keeps the current microphone when the first one returns but cannot be opened', async () => {
    const { streams, sounds } = endableMicrophones(2);
    const all = (await devices.enumerateDevices()).filter(isInput);
    const [source, receiver] = [open(), new AudioReceiver()];
    const events = new SourceEvents(source);
    let broken = false;
    void events.broken.then(() => (broken = true));
    await source.start(receiver.port);
    await sounds[0]?.end();
    while (streams.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
    const track = streams[1]?.getAudioTracks()[0];
    if (track) track.getSettings = () => ({ deviceId: 'another' });
    setDevices([...all, input('another')]);
    const before = receiver.frames.length;
    await receiver.until(({ messages }) => messages.length >= before + 5);
    assert.isFalse(broken);
    assert.deepEqual(states(streams), ['ended', 'live']);
  });

  it('reports muting and unmuting immediately', async () => {
    const { sounds } = endableMicrophones();
    const [source, receiver] = [open(), new AudioReceiver()];
    const events = new SourceEvents(source);
    await source.start(receiver.port);
    await sounds[0]?.mute();
    assert.deepEqual(events.silences, [true]);
    await sounds[0]?.unmute();
    assert.deepEqual(events.silences, [true, false]);
  });

  it('switches to a microphone chosen during a stream, unless the page names a device', async () => {
    const { streams, asked } = watchGetUserMedia();
    const [source, receiver] = [open(), new AudioReceiver()];
    const changes: string[] = [];
    source.ondevice = ({ deviceId }) => changes.push(deviceId);
    await source.start(receiver.port);
    const { deviceId: used = '' } = streams[0]?.getAudioTracks()[0]?.getSettings() ?? {};
    const named = open({ deviceId: used });
    await named.start(new AudioReceiver().port);
    // Where the browser has only one microphone, choosing it changes nothing.
    const all = (await devices.enumerateDevices()).filter(isInput).map(({ deviceId }) => deviceId);
    const chosen = all.filter((id) => id !== 'default' && id !== used)[0] ?? used;
    chooseMicrophone(chosen);
    while (chosen !== used && changes.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    const before = receiver.frames.length;
    await receiver.until(({ frames }) => frames.length > before + 5);
    assert.deepEqual(changes, chosen === used ? [] : [chosen]);
    assert.lengthOf(asked, chosen === used ? 2 : 3);
    if (chosen !== used) assert.deepInclude(asked[2]?.audio, { deviceId: { exact: chosen } });
    assert.deepEqual(states(streams.slice(0, 2)).sort(), [chosen === used ? 'live' : 'ended', 'live']);
  });

  it('prefers the last chosen microphone, but does not require it', async () => {
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

  it('lists the microphones', async () => {
    await open().prepare();
    const listed = await microphones();
    assert.isAtLeast(listed.length, 1);
    for (const { deviceId, label } of listed) assert.isTrue(deviceId !== '' && label !== '');
  });

  describe('while another change is being applied', () => {
    interface Request {
      readonly id: string;
      /** Opens the device, or fails. `dead`: it has ended by the time it is there. */
      readonly answer: (how?: 'dead' | 'gone') => Promise<void>;
      readonly sound: () => EndableAudio | undefined;
    }

    /** Microphones A, B, C … that open when the test says so. The first opens at once. */
    async function startA(): Promise<{
      requests: Request[];
      changes: string[];
      receiver: AudioReceiver;
      events: SourceEvents;
    }> {
      const requests: Request[] = [];
      setDevices(['A', 'B', 'C'].map(input));
      replaceGetUserMedia(async (real, ask) => {
        const { deviceId } = ask?.audio as MediaTrackConstraints;
        const id = ((deviceId as ConstrainDOMStringParameters | undefined)?.exact as string | undefined) ?? 'A';
        let sound: EndableAudio | undefined;
        let opened: (how: 'dead' | 'gone' | undefined) => void = () => undefined;
        const how = new Promise<'dead' | 'gone' | undefined>((resolve) => (opened = resolve));
        let done = (): void => undefined;
        const finished = new Promise<void>((resolve) => (done = resolve));
        requests.push({ id, answer: (as) => (opened(as), finished), sound: () => sound });
        if (requests.length === 1) opened(undefined);
        try {
          if ((await how) === 'gone') throw new DOMException(`${id} is gone`, 'NotFoundError');
          sound = await endable(await real({ audio: true }));
          sound.track.getSettings = () => ({ deviceId: id });
          Object.defineProperty(sound.track, 'label', { value: `microphone ${id}` });
          if ((await how) === 'dead') sound.track.stop();
          return sound.stream;
        } finally {
          done();
        }
      });
      const [source, receiver] = [open(), new AudioReceiver()];
      const events = new SourceEvents(source);
      const changes: string[] = [];
      source.ondevice = ({ deviceId, label }) => {
        assert.strictEqual(label, `microphone ${deviceId}`);
        changes.push(deviceId);
      };
      await source.start(receiver.port);
      return { requests, changes, receiver, events };
    }

    async function until(what: string, condition: () => boolean): Promise<void> {
      for (let tries = 0; tries < 1_000 && !condition(); tries++)
        await new Promise((resolve) => setTimeout(resolve, 10));
      assert.isTrue(condition(), what);
    }

    const ids = (requests: readonly Request[]): string[] => requests.map(({ id }) => id);

    it('applies the last choice of several', async () => {
      const { requests, changes, receiver } = await startA();
      chooseMicrophone('B');
      await until('B is requested', () => requests.length === 2);
      chooseMicrophone('A');
      chooseMicrophone('C');
      await requests[1]?.answer();
      await until('C is requested', () => requests.length === 3);
      await requests[2]?.answer();
      await until('C is in use', () => changes.at(-1) === 'C');
      assert.strictEqual(chosenMicrophone(), 'C');
      assert.deepEqual(ids(requests), ['A', 'B', 'C']);
      const before = receiver.frames.length;
      await receiver.until(({ frames }) => frames.length > before + 3);
    });

    it('keeps the one in use when the chosen one is gone, and applies the next choice', async () => {
      const { requests, changes } = await startA();
      chooseMicrophone('B');
      await until('B is requested', () => requests.length === 2);
      chooseMicrophone('C');
      await requests[1]?.answer('gone');
      await until('C is requested', () => requests.length === 3);
      await requests[2]?.answer('gone');
      chooseMicrophone('B');
      await until('B is requested again', () => requests.length === 4);
      assert.deepEqual(changes, []);
      await requests[3]?.answer();
      await until('B is in use', () => changes.length === 1);
      assert.deepEqual(changes, ['B']);
    });

    it('notices that a replacement has ended already, and tries another', async () => {
      const { requests, changes } = await startA();
      await requests[0]?.sound()?.end();
      await until('a replacement is requested', () => requests.length === 2);
      await requests[1]?.answer('dead');
      await until('another replacement is requested', () => requests.length === 3);
      assert.deepEqual(changes, []);
      await requests[2]?.answer();
      await until('it is in use', () => changes.length === 1);
    });

    it('fails when every replacement has ended already', async () => {
      const { requests, events } = await startA();
      await requests[0]?.sound()?.end();
      for (let request = 1; request <= 3; request++) {
        await until('a replacement is requested', () => requests.length === request + 1);
        await requests[request]?.answer('dead');
      }
      const error = await events.broken;
      assert.strictEqual(error.code, 'audio-capture');
      assert.include(error.message, 'had ended when it was opened');
    });

    it('replaces a chosen microphone that is unplugged while it is opened, and one that is lost meanwhile', async () => {
      const { requests, changes } = await startA();
      chooseMicrophone('B');
      await until('B is requested', () => requests.length === 2);
      await requests[0]?.sound()?.end();
      await requests[1]?.answer('dead');
      await until('a replacement is requested', () => requests.length === 3);
      chooseMicrophone('C'); // while the replacement is opened
      await requests[2]?.answer('gone');
      await until('C is requested', () => requests.length === 4);
      await requests[3]?.answer();
      await until('C is in use', () => changes.length === 1);
      assert.deepEqual(changes, ['C']);
    });

    it('looks at a list of devices that changes meanwhile', async () => {
      const { requests, changes } = await startA();
      chooseMicrophone('B');
      await until('B is requested', () => requests.length === 2);
      setDevices(['A', 'C'].map(input)); // B is unplugged, but its track does not end
      await requests[1]?.answer();
      await until('a replacement is requested', () => requests.length === 3);
      await requests[2]?.answer();
      await until('A is in use', () => changes.at(-1) === 'A');
      assert.deepEqual(changes, ['B', 'A']);
    });

    it('applies a choice that is made while the first one opens', async () => {
      const requested: string[] = [];
      let allow = (): void => undefined;
      const prompt = new Promise<void>((resolve) => (allow = resolve));
      replaceGetUserMedia(async (real, ask) => {
        const { deviceId } = ask?.audio as MediaTrackConstraints;
        const id = ((deviceId as ConstrainDOMStringParameters | undefined)?.exact as string | undefined) ?? 'A';
        requested.push(id);
        if (requested.length === 1) await prompt;
        const stream = await real({ audio: true });
        for (const track of stream.getAudioTracks()) track.getSettings = () => ({ deviceId: id });
        return stream;
      });
      const [source, receiver] = [open(), new AudioReceiver()];
      const changes: string[] = [];
      source.ondevice = ({ deviceId }) => changes.push(deviceId);
      const starting = source.start(receiver.port);
      await until('the prompt', () => requested.length === 1);
      chooseMicrophone('B');
      allow();
      await starting;
      await until('B is in use', () => changes.length === 1);
      assert.deepEqual(requested, ['A', 'B']);
    });
  });
});
