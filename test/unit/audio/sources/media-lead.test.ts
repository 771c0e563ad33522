/** The lead of a media element's clock over its audio. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MediaLead } from '../../../../src/audio/sources/media-lead.js';

const near = (value: number, expected: number): void =>
  assert.ok(Math.abs(value - expected) < 1e-9, `${value} is not ${expected}`);

describe("a media element's lead", () => {
  it('is zero while the media time advances at the playback rate', () => {
    const lead = new MediaLead();
    lead.paused(3);
    lead.playing(10);
    for (const seconds of [0.1, 1, 5]) lead.sample(3 + 2 * seconds, 10 + seconds, 2);
    near(lead.seconds, 0);
  });

  it('is the excess of media time over elapsed time since playback started', () => {
    const lead = new MediaLead();
    lead.paused(0);
    lead.playing(10);
    lead.sample(0.04, 10.04, 1);
    lead.sample(1.29, 10.25, 1);
    lead.sample(3, 12, 1);
    near(lead.seconds, 1.04);
  });

  it('is measured from the position before playback, not from the first sample', () => {
    const lead = new MediaLead();
    lead.paused(0);
    lead.playing(10);
    lead.sample(1.07, 10, 1);
    near(lead.seconds, 1.07);
  });

  it('persists through a pause and is reset by a seek', () => {
    const lead = new MediaLead();
    lead.playing(10);
    lead.sample(1, 10, 1);
    lead.paused(5);
    lead.sample(50, 11, 1);
    lead.playing(12);
    lead.sample(6, 13, 1);
    near(lead.seconds, 1);
    lead.seeked(50);
    near(lead.seconds, 0);
    lead.playing(14);
    lead.sample(51.5, 15, 1);
    near(lead.seconds, 0.5);
  });
});
