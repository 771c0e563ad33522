/** The notice about the model, and the formatted progress of its download. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { amountText, paceText } from '../../../../src/element/views/format-numbers.js';
import { noticeTexts, type NoticeModel } from '../../../../src/element/views/notice.js';
import type { Status } from '../../../../src/element/status.js';
import { stringsFor } from '../../../../src/element/strings/language.js';
import { SttError } from '../../../../src/errors.js';
import type { Availability } from '../../../../src/protocol/queries.js';

const IDLE: Status = { name: 'idle' };
const SIZE = 669_300_000;

/** The notice in `language`. */
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
  it('announces the size of the download before the availability is known', () => {
    assert.equal(notice(), 'The speech model (669\u00a0MB) will be downloaded once and stored on this device.');
    assert.equal(
      notice(undefined, {}, 'fr'),
      'Le modèle vocal (669\u00a0Mo) sera téléchargé une seule fois et conservé sur cet appareil.',
    );
    assert.equal(notice(undefined, { bytes: undefined }), '');
  });

  it('says how much of the model is stored already', () => {
    const half = { storedBytes: 312_000_000, downloadBytes: SIZE - 312_000_000 };
    assert.match(notice(half), /partly downloaded \(312 of 669\u00a0MB\)\. The rest/);
    assert.match(notice(half, {}, 'fr'), /en partie téléchargé \(312 sur 669\u00a0Mo\)\. Le reste/);
    assert.equal(notice({ status: 'available', downloadBytes: 0 }), 'The speech model is already on this device.');
    assert.match(notice({ status: 'downloading' }), /is being downloaded/);
  });

  it('says when a loaded model could not be stored', () => {
    const ready = { status: { name: 'ready' } } as const;
    assert.equal(notice({ status: 'available' }, ready), '');
    assert.match(notice(undefined, { ...ready, notKept: true }), /^This browser couldn’t store the whole speech model/);
    assert.match(
      notice(undefined, { ...ready, notKept: true }, 'fr'),
      /^Ce navigateur n’a pas pu .*vocal\u00a0: il sera/,
    );
  });

  it('says why the model might not run: no space, no storage, too slow, or unsupported', () => {
    const noRoom = { status: 'unavailable', code: 'quota', freeBytes: 120_400_000 } as const;
    assert.match(notice(noRoom), /^The speech model needs 669\u00a0MB of storage, but only 120\u00a0MB is available\./);
    assert.match(notice({ notKept: 'private' }), /on every visit, because this browser doesn’t let this page store it/);
    assert.match(
      notice({ code: 'falling-behind', predictedRtf: 1.72 }),
      /once and stored .* about 1\.7\u00a0s to transcribe one second/,
    );
    assert.match(
      notice({ code: 'falling-behind', predictedRtf: 1.72 }, {}, 'fr'),
      /lent\u00a0: il lui faut environ 1,7\u00a0s/,
    );
    assert.match(notice({ status: 'unavailable', code: 'unsupported' }, {}, 'fr'), /^Ouvrez cette page/);
    const inMemory = { whenFull: 'memory' } as const;
    assert.equal(
      notice(noRoom, inMemory),
      'The speech model (669\u00a0MB) doesn’t fit in this browser’s storage and will be downloaded on every visit.',
    );
    assert.match(
      notice(noRoom, inMemory, 'fr'),
      /\(669\u00a0Mo\) dépasse la capacité .* sera téléchargé à chaque visite/,
    );
  });

  it('is shown only while idle, and after a failed download says that progress is saved', () => {
    assert.equal(notice({}, { status: { name: 'listening' } }), '');
    const failed = (code: 'network' | 'not-allowed'): Status => ({ name: 'failed', error: new SttError(code, 'x') });
    assert.equal(
      notice({ storedBytes: 1e8 }, { status: failed('network') }),
      'Progress is saved; the download will resume.',
    );
    assert.equal(notice({ storedBytes: 0 }, { status: failed('network') }), '');
    assert.equal(notice({ storedBytes: 1e8 }, { status: failed('not-allowed') }), '');
  });
});

describe('progress', () => {
  it('formats amount, rate and time left, with minutes from 90 seconds on', () => {
    const strings = stringsFor(['en']);
    const moving = { loaded: 312_000_000, total: SIZE, bytesPerSecond: 8_250_000, secondsLeft: 43.2 };
    assert.equal(amountText(moving, strings, 'en'), '312 / 669\u00a0MB');
    assert.equal(paceText(moving, strings, 'en'), '8.3\u00a0MB/s · 44\u00a0s left');
    assert.equal(paceText({ ...moving, secondsLeft: 610 }, strings, 'en'), '8.3\u00a0MB/s · 10\u00a0min left');
    assert.equal(paceText(moving, stringsFor(['fr']), 'fr'), '8,3\u00a0Mo/s · encore 44\u00a0s');
    assert.equal(paceText({ loaded: 0, total: 0 }, strings, 'en'), '');
  });
});
