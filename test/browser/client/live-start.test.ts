/** What a live source needs is loaded with the model, in every browser, and kept for as long as the model. */
import { assert } from '@open-wc/testing';
import { createSource, SttClient } from '../../../src/client/index.js';
import { abortAll, track, wav } from '../audio/audio-receiver.js';
import { FAKE_WORKER, gate, modelUrl } from '../element/rig.js';

const realAdd: (url: string | URL, options?: WorkletOptions) => Promise<void> = Reflect.get(
  AudioWorklet.prototype,
  'addModule',
);
const RealContext = globalThis.AudioContext;

describe('the worklet', () => {
  let client: SttClient;
  let requests: string[];
  const contexts: AudioContext[] = [];
  /** Plays a tone into streams, as a call does. */
  let player: AudioContext;

  const open = (query = ''): SttClient =>
    new SttClient({ model: modelUrl(query), workerSrc: FAKE_WORKER, worker: 'dedicated' });
  const live = (): ReturnType<typeof createSource> => {
    const destination = player.createMediaStreamDestination();
    const tone = new OscillatorNode(player);
    tone.connect(destination);
    tone.start();
    return track(createSource(destination.stream));
  };
  /** As if the server had gone. */
  const disconnect = (): void => {
    AudioWorklet.prototype.addModule = () => Promise.reject(new DOMException('The server is gone', 'AbortError'));
  };

  beforeEach(() => {
    requests = [];
    contexts.length = 0;
    player = new RealContext();
    AudioWorklet.prototype.addModule = function (url, options) {
      requests.push(String(url));
      return realAdd.call(this, url, options);
    };
    globalThis.AudioContext = class extends RealContext {
      constructor(options?: AudioContextOptions) {
        super(options);
        contexts.push(this);
      }
    };
  });
  afterEach(async () => {
    client.close();
    abortAll();
    AudioWorklet.prototype.addModule = realAdd;
    globalThis.AudioContext = RealContext;
    await player.close();
  });

  it('is loaded by load(): later streams start without it being requested', async () => {
    client = open();
    await client.load();
    disconnect();
    for (let run = 0; run < 2; run++) {
      const stream = await client.start(live());
      await stream.finish();
    }
    assert.lengthOf(requests, 1);
    assert.lengthOf(contexts, 1);
  });

  it('lies in a context that holds no device while nothing listens, and that is closed with the model', async () => {
    client = open();
    await client.load();
    const [context] = contexts;
    const reaches = (state: AudioContextState): Promise<void> =>
      new Promise((resolve) => {
        const check = (): void => {
          if (context?.state === state) resolve();
        };
        context?.addEventListener('statechange', check);
        check();
      });
    await reaches('suspended');
    const stream = await client.start(live());
    await reaches('running');
    await stream.finish();
    await reaches('suspended');
    client.close();
    await reaches('closed');
  });

  it('is requested while the model of a live source still loads', async () => {
    const { query, open: finishLoad } = gate();
    client = open(query);
    const started = client.start(live(), {}, undefined, { when: 'now' });
    assert.lengthOf(requests, 1);
    let loaded = false;
    const done = client.load().then(() => (loaded = true));
    await client.arrived();
    assert.isFalse(loaded);
    finishLoad();
    await Promise.all([started, done]);
    assert.lengthOf(requests, 1);
  });

  it('is not requested for a recording, nor by load({ live: false })', async () => {
    client = open();
    await client.load({ live: false });
    const stream = await client.start(track(createSource(wav(new Float32Array(24_000), 24_000))));
    await stream.finish();
    assert.deepEqual(requests, []);
    assert.lengthOf(contexts, 0);
  });

  it('does not fail load() where it cannot be loaded; the live source tries again, and reports it', async () => {
    client = open();
    disconnect();
    await client.load();
    const error: unknown = await client.start(live()).catch((cause: unknown) => cause);
    assert.propertyVal(error, 'code', 'network');
    AudioWorklet.prototype.addModule = realAdd;
    const stream = await client.start(live());
    await stream.finish();
  });
});
