/** A live audio track that a test can end, mute and unmute, with events that every browser delivers. */

export interface EndableAudio {
  readonly stream: MediaStream;
  readonly track: MediaStreamTrack;
  end(): Promise<void>;
  mute(): Promise<void>;
  unmute(): Promise<void>;
  close(): void;
}

/** Makes the audio of `stream` endable: by dispatched events, or over an RTC loopback connection where those are not delivered. */
export async function endable(stream: MediaStream): Promise<EndableAudio> {
  return (await deliversDispatchedEvents()) ? new DispatchingAudio(stream) : LoopbackAudio.open(stream);
}

/** Firefox does not call a track's listeners for events dispatched by scripts. */
async function deliversDispatchedEvents(): Promise<boolean> {
  const context = new AudioContext();
  const [track] = context.createMediaStreamDestination().stream.getAudioTracks();
  let delivered = false;
  track?.addEventListener('ended', () => (delivered = true));
  track?.dispatchEvent(new Event('ended'));
  await context.close();
  return delivered;
}

function audioTrack(stream: MediaStream): MediaStreamTrack {
  const [track] = stream.getAudioTracks();
  if (!track) throw new Error('the stream has no audio track');
  return track;
}

class DispatchingAudio implements EndableAudio {
  readonly stream: MediaStream;
  readonly track: MediaStreamTrack;

  constructor(stream: MediaStream) {
    this.stream = stream;
    this.track = audioTrack(stream);
  }

  end(): Promise<void> {
    return this.#fire('ended');
  }

  mute(): Promise<void> {
    return this.#fire('mute');
  }

  unmute(): Promise<void> {
    return this.#fire('unmute');
  }

  close(): void {
    for (const track of this.stream.getTracks()) track.stop();
  }

  #fire(type: string): Promise<void> {
    this.track.dispatchEvent(new Event(type));
    return Promise.resolve();
  }
}

class LoopbackAudio implements EndableAudio {
  readonly stream: MediaStream;
  readonly track: MediaStreamTrack;
  readonly #near: RTCPeerConnection;
  readonly #far: RTCPeerConnection;
  readonly #sent: RTCRtpTransceiver;
  readonly #source: MediaStream;

  static async open(source: MediaStream): Promise<LoopbackAudio> {
    const [near, far] = [new RTCPeerConnection(), new RTCPeerConnection()];
    near.onicecandidate = ({ candidate }) => void far.addIceCandidate(candidate ?? undefined);
    far.onicecandidate = ({ candidate }) => void near.addIceCandidate(candidate ?? undefined);
    const arrived = new Promise<MediaStreamTrack>((resolve) => {
      far.ontrack = ({ track }) => resolve(track);
    });
    const sent = near.addTransceiver(audioTrack(source), { direction: 'sendonly' });
    await negotiate(near, far);
    const track = await arrived;
    if (track.muted) await event(track, 'unmute');
    return new LoopbackAudio(near, far, sent, source, track);
  }

  private constructor(
    near: RTCPeerConnection,
    far: RTCPeerConnection,
    sent: RTCRtpTransceiver,
    source: MediaStream,
    track: MediaStreamTrack,
  ) {
    this.#near = near;
    this.#far = far;
    this.#sent = sent;
    this.#source = source;
    this.track = track;
    this.stream = new MediaStream([track]);
  }

  async end(): Promise<void> {
    const ended = event(this.track, 'ended');
    this.#sent.stop();
    await negotiate(this.#near, this.#far);
    await ended;
  }

  async mute(): Promise<void> {
    await this.#setDirection('inactive', 'mute');
  }

  async unmute(): Promise<void> {
    await this.#setDirection('sendonly', 'unmute');
  }

  close(): void {
    this.#near.close();
    this.#far.close();
    for (const track of this.#source.getTracks()) track.stop();
  }

  async #setDirection(direction: RTCRtpTransceiverDirection, type: string): Promise<void> {
    const events = event(this.track, type);
    this.#sent.direction = direction;
    await negotiate(this.#near, this.#far);
    await events;
  }
}

async function negotiate(near: RTCPeerConnection, far: RTCPeerConnection): Promise<void> {
  await near.setLocalDescription();
  await far.setRemoteDescription(near.localDescription as RTCSessionDescription);
  await far.setLocalDescription();
  await near.setRemoteDescription(far.localDescription as RTCSessionDescription);
}

function event(target: EventTarget, type: string): Promise<unknown> {
  return new Promise((resolve) => target.addEventListener(type, resolve, { once: true }));
}
