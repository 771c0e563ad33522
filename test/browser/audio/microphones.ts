/** The page's microphones, watched and replaced, for tests. */

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

/** Of all their tracks. */
export const states = (streams: readonly MediaStream[]): string[] =>
  streams.flatMap((stream) => stream.getTracks().map((track) => track.readyState));
