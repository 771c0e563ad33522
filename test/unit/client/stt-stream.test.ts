import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SttStream, type StreamHandlers, type StreamSource } from '../../../src/client/stt-stream.js';
import { SttError } from '../../../src/errors.js';
import type { PageMessage } from '../../../src/protocol/messages.js';
import type { StreamMetrics } from '../../../src/protocol/stream-events.js';

const METRICS: StreamMetrics = {
  frames: 1,
  steps: 1,
  audioSeconds: 0.08,
  mimiMs: 1,
  lmMs: 1,
  rtf: 0.025,
  peakBacklog: 1,
  recoveries: 0,
  refreshes: 0,
  memoryBytes: 0,
};

function streamOf(handlers: StreamHandlers = {}, stop: () => Promise<void> = () => Promise.resolve()) {
  const posted: PageMessage['type'][] = [];
  const source: StreamSource = {
    start: () => Promise.resolve(),
    stop,
    abort: () => undefined,
    pause: () => undefined,
    resume: () => undefined,
    onended: null,
    onerror: null,
  };
  return { posted, source, stream: new SttStream(0, source, handlers, ({ type }) => posted.push(type)) };
}

const timers = (): number => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;

describe('SttStream', () => {
  it('clears its timer once the last words of a failed source have arrived', async () => {
    const failures: SttError[] = [];
    const { source, stream } = streamOf({ failed: (error) => failures.push(error) });
    const before = timers();
    const unplugged = new SttError('audio-capture', 'The microphone was unplugged');
    source.onerror?.(unplugged);
    source.onerror?.(unplugged);
    assert.equal(timers(), before + 1);
    stream.receive({ type: 'end', metrics: METRICS });
    assert.deepEqual(failures, [unplugged]);
    assert.equal(timers(), before);
    await assert.rejects(stream.finish(), unplugged);
  });

  it('fails at once, however long its source takes to stop', async () => {
    const { posted, stream } = streamOf({}, () => new Promise(() => undefined));
    const finished = stream.finish();
    const died = new SttError('worker-failed', 'The worker died');
    stream.fail(died);
    await assert.rejects(finished, died);
    assert.equal(stream.cause, died);
    assert.deepEqual(posted, ['abort']);
  });

  it('exposes the cause of a failed or aborted stream, and none after a regular end', () => {
    const [aborted, ended] = [streamOf().stream, streamOf().stream];
    aborted.abort();
    aborted.fail(new SttError('worker-failed', 'too late'));
    assert.equal(aborted.cause?.name, 'AbortError');
    ended.receive({ type: 'end', metrics: METRICS });
    assert.equal(ended.cause, undefined);
  });
});
