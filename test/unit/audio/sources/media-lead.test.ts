import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MediaLead } from '../../../../src/audio/sources/media-lead.js';

const near = (value: number, expected: number): void =>
  assert.ok(Math.abs(value - expected) < 1e-9, `${value} is not ${expected}`);

describe("a media element's lead", () => {
  it('is none where time passes at its rate', () => {
    const lead = new MediaLead();
    lead.paused(3);
    lead.playing(10);
    for (const seconds of [0.1, 1, 5]) lead.sample(3 + 2 * seconds, 10 + seconds, 2);
    near(lead.seconds, 0);
  });

  it('is what the time has run ahead since the element began to play', () => {
    const lead = new MediaLead();
    lead.paused(0);
    lead.playing(10);
    lead.sample(0.04, 10.04, 1);
    lead.sample(1.29, 10.25, 1);
    lead.sample(3, 12, 1);
    near(lead.seconds, 1.04);
  });

  it('counts from where the element stood, not from what it says as it begins', () => {
    const lead = new MediaLead();
    lead.paused(0);
    lead.playing(10);
    lead.sample(1.07, 10, 1);
    near(lead.seconds, 1.07);
  });

  it('stays through a pause, and begins again after a seek', () => {
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
