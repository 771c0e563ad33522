import { assert } from '@open-wc/testing';
import { WordsController } from '../../../../src/element/controllers/words-controller.js';
import { Said } from '../said.js';
import { bareElement } from './bare-host.js';

describe('WordsController', () => {
  it('shows and exports the transcript in the stream’s time', async () => {
    const host = bareElement({ confidenceThreshold: 0.5 });
    const said = new Said().words('one', 'two').final();
    const words = new WordsController(host, {
      transcript: () => said.transcript,
      captions: { media: undefined, spoken: undefined, toMedia: () => undefined },
    });
    const lines = Object.assign(document.createElement('div'), { className: 'lines' });
    host.attachShadow({ mode: 'open' }).append(lines);
    document.body.append(host);
    await host.updateComplete;
    assert.strictEqual(lines.textContent.trim(), 'one two');
    assert.match(words.toVTT(), /^WEBVTT\n\n00:00:00\.000 --> .*\none two\n$/);
    assert.match(words.toSRT(), /^1\n00:00:00,000 --> .*\none two\n$/);
    assert.isTrue(words.follows);
    host.remove();
  });

  it('exports the captions of the media element, if there is one', () => {
    const words = new WordsController(bareElement({ confidenceThreshold: 0.5 }), {
      transcript: () => new Said().words('stream').transcript,
      captions: {
        media: document.createElement('video'),
        spoken: [[{ text: 'media', start: 60, end: 61 }]],
        toMedia: (seconds) => seconds,
      },
    });
    assert.match(words.toVTT(), /00:01:00\.000 --> .*\nmedia\n/);
    assert.notInclude(words.toVTT(), 'stream');
  });
});
