/** Streams that step together on one GPU have the results of streams that run alone, and share submits. */
import { assert } from '@open-wc/testing';
import { loadWebGpuLm, type WebGpuLanguageModel } from '../../../src/lm/webgpu/webgpu-lm.js';
import { seeded } from '../../unit/lm/webgpu/seeded.js';
import { alone, assertResults, record, noResults, openCase, speech, type Results } from './streams-rig.js';

/** A lane adds the same numbers in the same order however many streams there are. */
const EXACT = 0;
/** The most rounds until the kernels for several streams are compiled, on a busy machine. */
const MAX_ROUNDS = 1000;

/** Pushes a step to each stream and returns the number of submits that took. */
async function round(
  lm: WebGpuLanguageModel,
  streams: readonly ReturnType<typeof record>['stream'][],
  codes: (stream: number) => Uint32Array | null,
): Promise<number> {
  const { submits } = lm.gpu();
  for (const [i, stream] of streams.entries()) stream.push(codes(i));
  lm.flush();
  await Promise.all(streams.map((stream) => stream.settled()));
  return lm.gpu().submits - submits;
}

/** Waits until four streams step in one submit: their kernels are compiled while they step alone. */
async function together(lm: WebGpuLanguageModel): Promise<void> {
  const streams = Array.from({ length: 4 }, () => record(lm).stream);
  let rounds = 0;
  while ((await round(lm, streams, () => new Uint32Array(lm.config.nQ))) > 1) {
    assert.isBelow(++rounds, MAX_ROUNDS);
    for (const stream of streams) stream.reset();
    await new Promise((resolve) => setTimeout(resolve, 100)); // a software adapter compiles on the CPU that steps take
  }
  for (const stream of streams) stream.close();
}

for (const name of ['case-odd', 'case-a'] as const) {
  describe(`streams that step together on ${name}`, () => {
    let lm: WebGpuLanguageModel;
    before(async () => (lm = await loadWebGpuLm(await openCase(name))));
    after(() => lm.dispose());

    it('have the results of streams that run alone', async () => {
      const STEPS = 30; // past both windows
      const speakers = [1, 2, 3, 4].map((seed) => speech(lm.config, STEPS, seed));
      const expected: Results[] = [];
      for (const codes of speakers) expected.push(await alone(lm, codes));
      await together(lm);
      const streams = speakers.map(() => record(lm));
      const submits: number[] = [];
      for (let t = 0; t < STEPS; t++) {
        submits.push(
          await round(
            lm,
            streams.map(({ stream }) => stream),
            (i) => speakers[i]?.[t] ?? null,
          ),
        );
      }
      for (const [i, { results }] of streams.entries())
        assertResults(results, expected[i] ?? noResults(), EXACT, `stream ${i}`);
      assert.isBelow(Math.min(...submits), 4, 'some steps ran together');
      for (const { stream } of streams) stream.close();
    });

    it('share one submit once the kernels for their number are compiled', async () => {
      await together(lm);
      const streams = Array.from({ length: 4 }, () => record(lm).stream);
      const codes = new Uint32Array(lm.config.nQ);
      const before = lm.gpu();
      for (let i = 0; i < 5; i++) assert.equal(await round(lm, streams, () => codes), 1);
      // Three of the four share one submit as well.
      assert.equal(await round(lm, streams.slice(1), () => codes), 1);
      const after = lm.gpu();
      assert.deepEqual([after.steps - before.steps, after.submits - before.submits], [23, 6]);
      for (const stream of streams) stream.close();
    });
  });
}

describe('a GPU that cannot compile a step of two', () => {
  it('steps streams one at a time and reports why', async () => {
    const methods = GPUDevice.prototype as unknown as Record<string, (this: GPUDevice, it: unknown) => unknown>;
    const original = methods['createComputePipelineAsync']!;
    methods['createComputePipelineAsync'] = function (this: GPUDevice, descriptor: unknown) {
      const { label = '' } = descriptor as GPUComputePipelineDescriptor;
      if (/\bBATCH=2\b/.test(label)) return Promise.reject(new Error('registers'));
      return original.call(this, descriptor);
    };
    try {
      const lm = await loadWebGpuLm(await openCase('case-odd'));
      const speakers = [1, 2].map((seed) => speech(lm.config, 20, seed));
      const expected = [await alone(lm, speakers[0]!), await alone(lm, speakers[1]!)];
      const streams = speakers.map(() => record(lm));
      for (let t = 0; t < 20; t++) {
        const all = streams.map(({ stream }) => stream);
        assert.equal(await round(lm, all, (i) => speakers[i]?.[t] ?? null), 2);
      }
      for (const [i, { results }] of streams.entries()) assertResults(results, expected[i]!, EXACT, `stream ${i}`);
      assert.match(lm.gpu().variant, /steps of 2: registers/);
      lm.dispose();
    } finally {
      methods['createComputePipelineAsync'] = original;
    }
  });
});

describe('streams on one GPU', () => {
  let lm: WebGpuLanguageModel;
  beforeEach(async () => (lm = await loadWebGpuLm(await openCase('case-odd'))));
  afterEach(() => lm.dispose());

  it('open and close at any frame, in several batches, and do not see the state of earlier streams in their slot', async function () {
    this.timeout(600_000);
    const SPEAKERS = 16;
    const below = seeded(5);
    const speakers = Array.from({ length: SPEAKERS }, (_, i) => speech(lm.config, 3 + below(24), 100 + i));
    const other = await loadWebGpuLm(await openCase('case-odd'));
    const expected: Results[] = [];
    for (const codes of speakers) expected.push(await alone(other, codes));
    other.dispose();

    let most = 0;
    const waiting = [...speakers.entries()];
    const live = new Set<{ i: number; t: number; leavesAt: number } & ReturnType<typeof record>>();
    while (waiting.length > 0 || live.size > 0) {
      while (waiting.length > 0 && live.size < 6 && below(3) > 0) {
        const [i, codes] = waiting.shift()!;
        // Every fourth closes before its last step.
        live.add({ i, t: 0, leavesAt: i % 4 === 3 ? below(codes.length) : Infinity, ...record(lm) });
      }
      most = Math.max(most, live.size);
      for (const each of live) {
        const codes = speakers[each.i] ?? [];
        for (let n = below(4); n > 0 && each.t < codes.length; n--) each.stream.push(codes[each.t++] ?? null);
      }
      lm.flush();
      for (const each of live) {
        const { i, t, leavesAt, stream, results } = each;
        const full = expected[i] ?? noResults();
        if (t >= leavesAt) {
          stream.close(); // with or without results in flight
          live.delete(each);
          assert.deepEqual(
            results.tokens,
            full.tokens.slice(0, results.tokens.length),
            `stream ${i}, which closed early`,
          );
        } else if (t === full.tokens.length) {
          await stream.settled();
          stream.close();
          live.delete(each);
          assertResults(results, full, EXACT, `stream ${i}`);
        }
      }
      if (below(2) === 0) await new Promise((resolve) => setTimeout(resolve, below(8)));
    }
    assert.equal(most, 6);
  });

  it('can all open at once', async () => {
    const speakers = [1, 2, 3, 4, 5, 6].map((seed) => speech(lm.config, 12, seed));
    const streams = speakers.map(() => record(lm));
    for (const [i, { stream }] of streams.entries()) for (const codes of speakers[i] ?? []) stream.push(codes);
    await Promise.all(streams.map(({ stream }) => stream.settled()));
    const other = await loadWebGpuLm(await openCase('case-odd'));
    for (const [i, { results }] of streams.entries())
      assertResults(results, await alone(other, speakers[i] ?? []), EXACT, `stream ${i}`);
    other.dispose();
  });

  it('keep the order of their results if one is ahead of the others', async () => {
    const speakers = [speech(lm.config, 30, 1), speech(lm.config, 30, 2)] as const;
    const expected = [await alone(lm, speakers[0]), await alone(lm, speakers[1])] as const;
    const [ahead, steady] = [record(lm), record(lm)];
    for (const codes of speakers[0]) ahead.stream.push(codes);
    for (const codes of speakers[1]) {
      steady.stream.push(codes);
      lm.flush();
      await steady.stream.settled();
    }
    await ahead.stream.settled();
    assertResults(ahead.results, expected[0], EXACT, 'the stream ahead');
    assertResults(steady.results, expected[1], EXACT, 'the steady stream');
  });

  it('restart with `reset`, whatever is in flight', async () => {
    const codes = speech(lm.config, 20, 3);
    const expected = await alone(lm, codes);
    const neighbour = record(lm);
    const resets = record(lm);
    for (const each of codes) neighbour.stream.push(each);
    for (let begun = 1; begun < 6; begun++) {
      for (const each of speech(lm.config, 3 * begun, 50 + begun)) resets.stream.push(each);
      lm.flush();
      if (begun % 2 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      const settled = resets.stream.settled();
      resets.stream.reset();
      assert.deepEqual([resets.stream.pending, resets.stream.steps], [0, 0]);
      await settled; // resolves without the dropped steps
    }
    const before = resets.results.tokens.length;
    for (const each of codes) resets.stream.push(each);
    await Promise.all([resets.stream.settled(), neighbour.stream.settled()]);
    assert.deepEqual(resets.results.tokens.slice(before), expected.tokens);
    assert.deepEqual(resets.results.steps.slice(before), expected.steps);
    assertResults(neighbour.results, expected, EXACT, 'the neighbour');
  });
});
