/** Names and terms that are preferred in a stream: what they correct, and what they leave alone. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openModelFromPath } from '../../../src/cli/open-model-from-path.js';
import { readAudio } from '../../../src/cli/read-audio.js';
import { Engine } from '../../../src/engine/engine.js';
import type { Phrase } from '../../../src/protocol/messages.js';
import { FRAME_SIZE, officialRun } from './fake-model.js';

const CLIPS = [
  'en_espeak_0',
  'en_espeak_1',
  'en_human_004',
  'en_human_seen',
  'en_long_15s',
  'fr_espeak_3',
  'silence_3s',
];

describe('phrases of a stream', () => {
  let engine: Engine;
  before(async () => {
    const model = await openModelFromPath(fileURLToPath(new URL('../../fixtures/demo', import.meta.url)));
    const yieldToEventLoop = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    engine = await Engine.load(model, { build: 'simd', yieldToEventLoop });
  });
  after(() => engine.dispose());

  interface Take {
    /** Samples of silence before the clip, which shift its frames. */
    readonly shift?: number;
    readonly gain?: number;
    readonly phrases?: readonly Phrase[];
    /** Phrases from a fifth of the clip on. */
    readonly later?: readonly Phrase[];
  }

  async function words(clip: string, { shift = 0, gain = 1, phrases, later }: Take = {}): Promise<string[]> {
    const sound = await readAudio(fileURLToPath(new URL(`../../fixtures/clips/${clip}.wav`, import.meta.url)), 24_000);
    const frames = Math.ceil((sound.length + shift) / FRAME_SIZE);
    const samples = new Float32Array(frames * FRAME_SIZE);
    samples.set(
      sound.map((x) => gain * x),
      shift,
    );
    const found: string[] = [];
    const session = engine.open(
      (event) => event.type === 'word' && found.push(event.word.text),
      phrases && { phrases },
    );
    for (let frame = 0; frame < frames; frame++) {
      if (later && frame === Math.floor(frames / 5)) session.prefer(later);
      session.push(samples.slice(frame * FRAME_SIZE, (frame + 1) * FRAME_SIZE));
      if (later) while (session.waiting > 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await session.finish();
    return found;
  }
  const text = async (...args: Parameters<typeof words>): Promise<string> => (await words(...args)).join(' ');

  it('correct a word that the model gets wrong at some offsets', async () => {
    const faint = { shift: 1280, gain: 0.3 };
    assert.equal(await text('en_human_goforward', faint), 'close forward ten meters');
    assert.equal(
      await text('en_human_goforward', { ...faint, phrases: [{ phrase: 'go forward' }] }),
      'go forward ten meters',
    );
    const right = { shift: 1280 };
    assert.equal(await text('en_espeak_0', right), 'two two right number');
    const light = [{ phrase: 'light number', boost: 2 }];
    assert.equal(await text('en_espeak_0', { ...right, phrases: light }), 'two two light number');
  });

  it('change nothing else at the default boost', async () => {
    const phrases = ['go forward', 'light number', 'blue music', 'turn again'].map((phrase) => ({ phrase }));
    for (const clip of CLIPS) assert.equal(await text(clip, { phrases }), officialRun(clip).official.text, clip);
  });

  it('add no words at absurd boosts: they only replace what the model writes', async () => {
    const phrases = ['yesterday', 'blue light', 'quatre vingt', 'open close'].map((phrase) => ({ phrase, boost: 10 }));
    let [usual, boosted] = [0, 0];
    for (const clip of CLIPS) {
      usual += (await words(clip)).length;
      boosted += (await words(clip, { phrases })).length;
    }
    assert.ok(usual > 30);
    assert.ok(Math.abs(boosted - usual) <= 2, `${boosted} words instead of ${usual}`);
    assert.deepEqual(await words('silence_3s', { phrases }), []);
  });

  it('apply to their stream only, and can change while it runs', async () => {
    const take = { shift: 1280 };
    const phrases = [{ phrase: 'light number', boost: 3 }];
    const [one, other] = await Promise.all([text('en_espeak_0', { ...take, phrases }), text('en_espeak_0', take)]);
    assert.deepEqual([one, other], ['two two light number', 'two two right number']);
    assert.equal(await text('en_espeak_0', { ...take, later: phrases }), 'two two light number');
    assert.equal(await text('en_espeak_0', { ...take, phrases, later: [] }), 'two two right number');
  });

  it('are refused by name if they cannot be used', () => {
    const refused = (phrase: unknown, boost?: number): (() => unknown) => {
      const phrases = [{ phrase, ...(boost !== undefined && { boost }) }] as Phrase[];
      return () => engine.open(() => undefined, { phrases });
    };
    assert.throws(refused('Łódź'), /The model cannot write "Ł" of the phrase "Łódź".*\(invalid-argument\)/);
    assert.throws(refused(' '), /A phrase is " ", expected words/);
    assert.throws(refused(7), /A phrase is 7, expected words/);
    assert.throws(refused('go', 11), /The boost of the phrase "go" is 11, expected 0 to 10/);
    assert.throws(refused('go', NaN), /is NaN, expected 0 to 10/);
    assert.equal(engine.sessions, 0);
  });

  it('are spelled with small letters where the model has no others', async () => {
    const phrases = [{ phrase: 'Go Forward' }];
    assert.equal(await text('en_human_goforward', { shift: 1280, gain: 0.3, phrases }), 'go forward ten meters');
  });
});
