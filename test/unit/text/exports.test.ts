import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { marked } from 'marked';
import { EXPORT_FORMS, exportAs, type ExportUtterance } from '../../../src/text/exports.js';

const say = (text: string, start: number, speaker?: string): ExportUtterance => {
  const words = text
    .split(' ')
    .map((word, i) => ({ text: word, start: start + i, end: start + i + 0.5, confidence: 0.9 }));
  return speaker === undefined ? { words } : { words, speaker };
};

const TALK = [say('good morning', 0.4), say('and welcome', 65)];
const MEETING = [say('good morning', 0.4, 'Me'), say('hello', 3661, 'Them')];

describe('exportAs', () => {
  it('writes a line for each utterance, with its speaker, and with its time if asked', () => {
    assert.equal(exportAs('txt', TALK), 'good morning\nand welcome\n');
    assert.equal(exportAs('txt', MEETING), 'Me: good morning\nThem: hello\n');
    assert.equal(exportAs('txt', TALK, { times: true }), '[0:00] good morning\n[1:05] and welcome\n');
    assert.equal(exportAs('txt', MEETING, { times: true }), '[0:00] Me: good morning\n[1:01:01] Them: hello\n');
  });

  it('writes captions that end with the media', () => {
    assert.match(
      exportAs('vtt', TALK, { duration: 66.5 }),
      /^WEBVTT\n\n.* --> .*\ngood morning\n\n.* --> 00:01:06\.500\n/,
    );
    assert.match(exportAs('srt', TALK, { duration: 66.5 }), /^1\n.*\ngood morning\n\n2\n.* --> 00:01:06,500\n/);
  });

  it('writes words with times and speakers as JSON', () => {
    assert.deepEqual(JSON.parse(exportAs('json', MEETING)), {
      text: 'good morning hello',
      utterances: [
        { text: 'good morning', start: 0.4, end: 1.9, speaker: 'Me' },
        { text: 'hello', start: 3661, end: 3661.5, speaker: 'Them' },
      ],
      words: [
        { text: 'good', start: 0.4, end: 0.9, confidence: 0.9, speaker: 'Me' },
        { text: 'morning', start: 1.4, end: 1.9, confidence: 0.9, speaker: 'Me' },
        { text: 'hello', start: 3661, end: 3661.5, confidence: 0.9, speaker: 'Them' },
      ],
    });
    assert.deepEqual(JSON.parse(exportAs('json', [{ words: [{ text: 'hi', start: 1 }] }])), {
      text: 'hi',
      utterances: [{ text: 'hi', start: 1 }],
      words: [{ text: 'hi', start: 1 }],
    });
  });

  it('writes paragraphs with times and speakers as Markdown', () => {
    assert.equal(exportAs('md', TALK), '**0:00** good morning\n\n**1:05** and welcome\n');
    assert.equal(exportAs('md', MEETING), '**0:00 · Me:** good morning\n\n**1:01:01 · Them:** hello\n');
    assert.equal(exportAs('md', MEETING, { times: false }), '**Me:** good morning\n\n**Them:** hello\n');
    assert.equal(exportAs('md', TALK, { times: false, title: 'A talk' }), '# A talk\n\ngood morning\n\nand welcome\n');
  });

  it('writes what was said as it was said, whatever Markdown makes of it', async () => {
    for (const text of [
      '*not* _this_ **or** __that__ ~~nor~~ this',
      '1. one',
      '2) two',
      '- a',
      '+ b',
      '# c',
      '> d',
      '--- e',
      '=== f',
      '`code` ```more```',
      '[a](b) ![c](d) [e]: f',
      '<b>bold</b> <script>alert(1)</script> &lt; &amp;',
      'back\\slash \\* \\',
      'a | b | c',
      '$x$ and C# or C++ for 5 * 3',
      'https://example.com/abc',
    ]) {
      for (const times of [true, false]) {
        const html = await marked(exportAs('md', [say(text, 0)], { times }));
        const label = times ? '<strong>0:00</strong> ' : '';
        const body = new RegExp(`^<p>${label}(.*)</p>\n$`, 's').exec(html)?.[1];
        assert.ok(body !== undefined, html);
        // A bare address may become a link to itself.
        const entities = { '&lt;': '<', '&gt;': '>', '&amp;': '&', '&quot;': '"', '&#39;': "'" } as const;
        const plain = body
          .replace(/<a href="[^"]*">(.*?)<\/a>/g, '$1')
          .replace(/&(lt|gt|amp|quot|#39);/g, (entity) => entities[entity as keyof typeof entities]);
        assert.equal(plain, text, html);
      }
    }
    assert.equal(await marked(exportAs('md', [say('a', 0, '*Me*')])), '<p><strong>0:00 · *Me*:</strong> a</p>\n');
  });

  it('keeps each utterance in one line', () => {
    const odd = [
      {
        words: [
          { text: 'one\ntwo', start: 0 },
          { text: ' three ', start: 1 },
        ],
        speaker: 'A\nB',
      },
    ];
    assert.equal(exportAs('txt', odd), 'A B: one two three\n');
    assert.equal(exportAs('md', odd, { title: 'c\nd' }), '# c d\n\n**0:00 · A B:** one two three\n');
  });

  it('writes files without words', () => {
    const files = EXPORT_FORMS.map((form) => exportAs(form, [{ words: [] }]));
    assert.deepEqual(files.slice(0, 3), ['', 'WEBVTT\n', '']);
    assert.deepEqual(JSON.parse(files[3] ?? ''), { text: '', utterances: [], words: [] });
    assert.equal(files[4], '');
  });
});
