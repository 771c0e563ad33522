/** What the element says of its model before it starts and while it comes. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { amountText, paceText } from '../../../../src/element/views/format-numbers.js';
import { noticeTexts, type NoticeModel } from '../../../../src/element/views/notice.js';
import type { Status } from '../../../../src/element/status.js';
import { stringsFor } from '../../../../src/element/strings/strings.js';
import { SttError } from '../../../../src/errors.js';
import type { Availability } from '../../../../src/protocol/queries.js';

const IDLE: Status = { name: 'idle' };
const SIZE = 669_300_000;

/** What a visitor of that language reads. */
function notice(availability?: Partial<Availability>, more: Partial<NoticeModel> = {}, language = 'en'): string {
  const answer =
    availability && ({ status: 'downloadable', storedBytes: 0, downloadBytes: SIZE, ...availability } as const);
  const strings = stringsFor([language]);
  return noticeTexts({
    status: IDLE,
    availability: answer,
    bytes: SIZE,
    strings,
    language,
    lang: language,
    ...more,
  }).join(' ');
}

describe('the notice', () => {
  it('says what is downloaded, once, before anyone was asked', () => {
    assert.equal(notice(), 'The speech model, 669\u00a0MB, is downloaded once and stays on this device.');
    assert.equal(
      notice(undefined, {}, 'fr'),
      'Le modèle vocal, 669\u00a0Mo, est téléchargé une seule fois et reste sur cet appareil.',
    );
    assert.equal(notice(undefined, { bytes: undefined }), '');
  });

  it('says how much is here already, and when all of it is', () => {
    const half = { storedBytes: 312_000_000, downloadBytes: SIZE - 312_000_000 };
    assert.match(notice(half), /^312 of 669\u00a0MB .* on this device already; the rest/);
    assert.match(notice(half, {}, 'fr'), /^312 des 669\u00a0Mo .*\u202f; le reste/);
    assert.equal(notice({ status: 'available', downloadBytes: 0 }), 'The speech model is on this device.');
    assert.match(notice({ status: 'downloading' }), /is being downloaded/);
  });

  it('says of a model that is in when it is not kept', () => {
    const ready = { status: { name: 'ready' } } as const;
    assert.equal(notice({ status: 'available' }, ready), '');
    assert.match(notice(undefined, { ...ready, notKept: true }), /^This browser’s storage did not take all/);
    assert.match(notice(undefined, { ...ready, notKept: true }, 'fr'), /^Le stockage .*vocal\u00a0: il sera/);
  });

  it('says why it might not run: no room, nothing kept, too slow, or nothing to run it', () => {
    const noRoom = { status: 'unavailable', code: 'quota', freeBytes: 120_400_000 } as const;
    assert.equal(notice(noRoom), 'The speech model needs 669\u00a0MB of storage; 120\u00a0MB are free.');
    assert.match(notice({ notKept: 'private' }), /at every visit: this browser keeps nothing/);
    assert.match(
      notice({ code: 'falling-behind', predictedRtf: 1.72 }),
      /once and stays .* about 1\.7\u00a0s for each second/,
    );
    assert.match(notice({ code: 'falling-behind', predictedRtf: 1.72 }, {}, 'fr'), /lente\u00a0: environ 1,7\u00a0s/);
    assert.match(notice({ status: 'unavailable', code: 'unsupported' }, {}, 'fr'), /^Ouvrez cette page/);
    const inMemory = { whenFull: 'memory' } as const;
    assert.equal(
      notice(noRoom, inMemory),
      'The speech model does not fit in this browser’s storage: 669\u00a0MB are downloaded at every visit.',
    );
    assert.match(notice(noRoom, inMemory, 'fr'), /ne tient pas .* 669\u00a0Mo sont téléchargés à chaque visite/);
  });

  it('stands only where nothing else is going on, and after a failure says what is kept', () => {
    assert.equal(notice({}, { status: { name: 'listening' } }), '');
    const failed = (code: 'network' | 'not-allowed'): Status => ({ name: 'failed', error: new SttError(code, 'x') });
    assert.equal(
      notice({ storedBytes: 1e8 }, { status: failed('network') }),
      'What has arrived is kept: the download goes on from there.',
    );
    assert.equal(notice({ storedBytes: 0 }, { status: failed('network') }), '');
    assert.equal(notice({ storedBytes: 1e8 }, { status: failed('not-allowed') }), '');
  });
});

describe('progress', () => {
  it('tells amount, rate and time left, minutes where they are many', () => {
    const strings = stringsFor(['en']);
    const moving = { loaded: 312_000_000, total: SIZE, bytesPerSecond: 8_250_000, secondsLeft: 43.2 };
    assert.equal(amountText(moving, strings, 'en'), '312 / 669\u00a0MB');
    assert.equal(paceText(moving, strings, 'en'), '8.3\u00a0MB/s · 44\u00a0s left');
    assert.equal(paceText({ ...moving, secondsLeft: 610 }, strings, 'en'), '8.3\u00a0MB/s · 10\u00a0min left');
    assert.equal(paceText(moving, stringsFor(['fr']), 'fr'), '8,3\u00a0Mo/s · encore 44\u00a0s');
    assert.equal(paceText({ loaded: 0, total: 0 }, strings, 'en'), '');
  });
});
