/** The page's microphones, watched and replaced, for tests. */
import { endable, type EndableSound } from './endable-stream.js';

export const devices = navigator.mediaDevices;

/** Replaces `getUserMedia` until the test is over; the real one is given to `fake`. */
export function replaceGetUserMedia(
  fake: (real: typeof devices.getUserMedia, ask?: MediaStreamConstraints) => Promise<MediaStream>,
): void {
  const real = MediaDevices.prototype.getUserMedia.bind(devices);
  devices.getUserMedia = (ask) => fake(real, ask);
}

/** Keeps the stream the source is given, and what it asked for. */
export function watchGetUserMedia(): { streams: MediaStream[]; asked: MediaStreamConstraints[] } {
  const seen = { streams: [] as MediaStream[], asked: [] as MediaStreamConstraints[] };
  replaceGetUserMedia(async (real, ask) => {
    if (ask) seen.asked.push(ask);
    const stream = await real(ask);
    seen.streams.push(stream);
    return stream;
  });
  return seen;
}

/**
 * The same, with streams that the test can end and mute.
 *
 * @param most how many can be opened before there is no microphone left
 */
export function endMicrophones(most = Infinity): {
  streams: MediaStream[];
  asked: MediaStreamConstraints[];
  sounds: EndableSound[];
} {
  const seen = { streams: [] as MediaStream[], asked: [] as MediaStreamConstraints[], sounds: [] as EndableSound[] };
  replaceGetUserMedia(async (real, ask) => {
    if (seen.streams.length >= most) throw new DOMException('none left', 'NotFoundError');
    if (ask) seen.asked.push(ask);
    const stream = await real(ask);
    const sound = await endable(stream);
    const [device] = stream.getAudioTracks();
    if (device && device !== sound.track) {
      const settings = device.getSettings();
      sound.track.getSettings = () => settings;
      Object.defineProperty(sound.track, 'label', { value: device.label });
    }
    seen.streams.push(sound.stream);
    seen.sounds.push(sound);
    return sound.stream;
  });
  return seen;
}

/** Of all their tracks. */
export const states = (streams: readonly MediaStream[]): string[] =>
  streams.flatMap((stream) => stream.getTracks().map((track) => track.readyState));
