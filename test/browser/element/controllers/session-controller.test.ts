import { assert } from '@open-wc/testing';
import { SessionController } from '../../../../src/element/controllers/session-controller.js';
import { FAKE_WORKER, HandSource, modelUrl, rejection } from '../rig.js';
import { BareHost } from './bare-host.js';

interface SessionRig {
  readonly host: BareHost;
  readonly session: SessionController;
  /** Events and statuses so far. */
  readonly log: string[];
  /** Resolves when `entry` has been logged. */
  readonly logged: (entry: string) => Promise<void>;
  model: string;
}

function sessionRig(): SessionRig {
  const host = new BareHost();
  const log: string[] = [];
  const waiting = new Map<string, () => void>();
  const add = (entry: string): void => {
    log.push(entry);
    waiting.get(entry)?.();
  };
  const rig: SessionRig = {
    host,
    log,
    logged: (entry: string) =>
      log.includes(entry) ? Promise.resolve() : new Promise<void>((resolve) => waiting.set(entry, resolve)),
    model: modelUrl(),
    session: new SessionController(host, {
      clientOptions: () => ({ model: rig.model, workerSrc: FAKE_WORKER, worker: 'dedicated' }),
      choices: () => ({}),
      emit: (type) => {
        if (type !== 'progress') add(type);
      },
      statusChanged: (_, status) => add(`:${status}`),
      edited: () => undefined,
      modelReleased: () => add('released'),
      changed: () => host.requestUpdate(),
      levelChanged: () => undefined,
    }),
  };
  return rig;
}

describe('SessionController', () => {
  it('needs no DOM to load a model and to transcribe a stream', async () => {
    const { session, log, logged, host } = sessionRig();
    const source = new HandSource();
    await session.start(() => source);
    source.play('word');
    await logged('transcript');
    await session.stop();
    assert.deepEqual(log.slice(0, 5), [':loading', 'ready', ':listening', 'start', 'transcript']);
    assert.deepEqual(log.slice(-2), [':ready', 'end']);
    assert.strictEqual(session.transcript.utterances[0]?.text, 'word0 word1');
    assert.isAbove(host.updates, 0);
    session.unload();
  });

  it('releases the model when its host leaves the document, not when it is moved', async () => {
    const { session, host } = sessionRig();
    await session.load();
    for (const controller of host.controllers) controller.hostDisconnected?.();
    for (const controller of host.controllers) controller.hostConnected?.();
    await Promise.resolve();
    assert.strictEqual(session.status.name, 'ready');
    await host.disconnect();
    while (session.status.name !== 'idle') await new Promise((resolve) => setTimeout(resolve, 20));
    assert.isUndefined(session.client);
  });

  it('ends a running stream with the old model, then reports that it was released', async () => {
    const rig = sessionRig();
    const { session, log } = rig;
    await session.start(() => new HandSource());
    rig.model = modelUrl();
    session.refresh();
    assert.strictEqual(session.status.name, 'listening');
    session.abort();
    assert.deepEqual(log.slice(-3), ['end', ':idle', 'released']);
  });

  it('reports an unusable source as invalid-argument', async () => {
    const { session, log } = sessionRig();
    const error = await rejection(
      session.start(() => {
        throw new TypeError('not a source');
      }),
    );
    assert.strictEqual(session.status.name, 'failed');
    assert.deepInclude(error, { code: 'invalid-argument' });
    assert.deepEqual(log, [':failed', 'error']);
  });
});
