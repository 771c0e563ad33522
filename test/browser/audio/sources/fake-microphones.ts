/** Observes and replaces the page's microphones. */
import { endable, type EndableAudio } from './endable-stream.js';

export const devices = navigator.mediaDevices;

/** Replaces `getUserMedia` by `fake`, which receives the real one. Tests restore it in `afterEach`. */
export function replaceGetUserMedia(
  fake: (real: typeof devices.getUserMedia, ask?: MediaStreamConstraints) => Promise<MediaStream>,
): void {
  const real = MediaDevices.prototype.getUserMedia.bind(devices);
  devices.getUserMedia = (ask) => fake(real, ask);
}

/** Records the streams that a source opens and their constraints. */
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
 * Like `watchGetUserMedia`, with streams that the test can end and mute.
 *
 * @param most how many can be opened before no microphone is left
 */
export function endableMicrophones(most = Infinity): {
  streams: MediaStream[];
  asked: MediaStreamConstraints[];
  sounds: EndableAudio[];
} {
  const seen = { streams: [] as MediaStream[], asked: [] as MediaStreamConstraints[], sounds: [] as EndableAudio[] };
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

/** The `readyState` of all their tracks. */
export const states = (streams: readonly MediaStream[]): string[] =>
  streams.flatMap((stream) => stream.getTracks().map((track) => track.readyState));
