import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { append, EMPTY_TRANSCRIPT, textOf, type Transcript } from '../../../../src/client/transcript.js';
import { CommandFilter } from '../../../../src/element/hands-free/command-filter.js';
import { articlesFor, tableFor } from '../../../../src/element/hands-free/command-table.js';
import type { CommandDetail, FieldEdit, SpokenCommands } from '../../../../src/element/hands-free/port.js';
import type { StreamEvent } from '../../../../src/protocol/stream-events.js';

/** A stream whose words go through a filter. */
class Spoken {
  transcript: Transcript = EMPTY_TRANSCRIPT;
  readonly fired: CommandDetail[] = [];
  readonly edits: FieldEdit[] = [];
  /** Names of commands that the page cancels. */
  cancels: readonly string[] = [];
  readonly #filter: CommandFilter;
  #words = 0;

  constructor(language = 'en', own: SpokenCommands = {}) {
    const table = tableFor([language], own);
    this.#filter = new CommandFilter({
      transcript: () => this.transcript,
      table: () => table,
      articles: () => articlesFor([language], own),
      fire: (detail) => {
        this.fired.push(detail);
        return !this.cancels.includes(detail.name);
      },
      write: (edit) => void this.edits.push(edit),
    });
  }

  /** Words, and `|` for the end of an utterance. */
  say(text: string): this {
    for (const word of text.split(' ').filter(Boolean)) {
      if (word === '|') this.receive({ type: 'final' });
      else {
        const index = this.#words++;
        this.receive({ type: 'word', word: { index, text: word, start: index, end: index + 0.5 } });
        this.receive({ type: 'word-end', index, end: index + 0.75 });
      }
    }
    return this;
  }

  receive(event: StreamEvent): void {
    for (const each of this.#filter.filter(event)) {
      if (each.type === 'edit') this.transcript = each.apply(this.transcript);
      else if (['partial', 'word', 'word-end', 'final'].includes(each.type))
        this.transcript = append(this.transcript, each as Parameters<typeof append>[1]);
    }
  }

  get text(): string {
    return textOf(this.transcript);
  }

  get interim(): string | undefined {
    return this.transcript.interim?.text;
  }
}

describe('spoken commands', () => {
  it('join punctuation to the word before it, and raise the next letter after a full stop', () => {
    const spoken = new Spoken().say('hello comma my world full stop is it question mark yes |');
    assert.equal(spoken.text, 'hello, my world. Is it? Yes');
    assert.deepEqual(
      spoken.fired.map(({ name }) => name),
      ['comma', 'full-stop', 'question-mark'],
    );
    assert.deepEqual(spoken.edits, [{ text: ',' }, { text: '.' }, { text: '?' }]);
  });

  it('replace the sign that the model wrote, and ignore capitals and signs of their own words', () => {
    assert.equal(new Spoken().say('Hello, Comma. world. Full stop! yes').text, 'Hello, world. Yes');
  });

  it('break lines and paragraphs with the next word', () => {
    const spoken = new Spoken().say('one new line');
    assert.equal(spoken.text, 'one');
    spoken.say('two new paragraph three | four');
    assert.equal(spoken.text, 'one\nTwo\n\nThree\nfour');
    assert.deepEqual(
      spoken.transcript.utterances.map(({ id }) => id),
      [1, 2, 3, 4],
    );
  });

  it('wait for the word that decides, and show the words meanwhile', () => {
    const spoken = new Spoken().say('one full');
    assert.equal(spoken.text, 'one');
    assert.equal(spoken.interim, 'full');
    spoken.receive({ type: 'partial', text: 'mo', start: 2 });
    assert.equal(spoken.interim, 'full mo');
    spoken.say('moon');
    assert.equal(spoken.text, 'one full moon');
    spoken.say('new |');
    assert.equal(spoken.text, 'one full moon new');
    assert.equal(spoken.transcript.utterances[0]?.isFinal, true);
    spoken.say('new');
    spoken.receive({ type: 'error', error: { code: 'internal', message: '' } });
    assert.equal(spoken.text, 'one full moon new\nnew');
    assert.equal(spoken.fired.length, 0);
  });

  it('take the longest phrase', () => {
    assert.equal(new Spoken('fr').say('vrai point d’interrogation oui point |').text, 'vrai\u202f? Oui.');
    assert.equal(
      new Spoken('fr').say('un mot point-virgule deux deux points trois').text,
      'un mot\u202f; deux\u00a0: trois',
    );
    assert.equal(new Spoken('fr').say('fini point Il part').text, 'fini. Il part');
  });

  it('leave words after an article', () => {
    assert.equal(new Spoken().say('put a comma here').text, 'put a comma here');
    assert.equal(new Spoken('fr').say('un point important').text, 'un point important');
  });

  it('remove the last utterance, the open one first', () => {
    const spoken = new Spoken().say('one two | three | four five scratch that');
    assert.equal(spoken.text, 'one two\nthree');
    spoken.say('| scratch that');
    assert.equal(spoken.text, 'one two');
    spoken.say('six |');
    assert.equal(spoken.text, 'one two\nsix');
    assert.deepEqual(
      spoken.transcript.utterances.map(({ id }) => id),
      [1, 4],
    );
    assert.deepEqual(spoken.edits, [{ scratch: true }, { scratch: true }]);
    spoken.say('scratch that scratch that scratch that');
    assert.equal(spoken.text, '');
  });

  it('remove a line break before the utterance', () => {
    const spoken = new Spoken().say('one new line scratch that two');
    assert.equal(spoken.text, 'one two');
  });

  it('leave the words where the page cancels', () => {
    const spoken = new Spoken();
    spoken.cancels = ['comma'];
    assert.equal(spoken.say('one Comma, two').text, 'one Comma, two');
    assert.deepEqual(spoken.fired[0]?.words, [{ text: 'Comma,', start: 1, end: 1.5 }]);
    assert.equal(spoken.fired[0].utterance?.text, 'one');
    assert.deepEqual(spoken.edits, []);
  });

  it('keep the times and ends of the other words', () => {
    const spoken = new Spoken().say('one comma two scratch that | three');
    assert.deepEqual(spoken.transcript.utterances[0]?.words, [{ text: 'three', start: 5, end: 5.75 }]);
    assert.deepEqual(new Spoken().say('one comma two').transcript.utterances[0]?.words, [
      { text: 'one,', start: 0, end: 0.75 },
      { text: 'two', start: 2, end: 2.75 },
    ]);
  });

  it('can be added, replaced and removed by language', () => {
    const own: SpokenCommands = {
      en: {
        Smiley: { name: 'smiley', text: '🙂' },
        'send it': { name: 'send' },
        comma: { name: 'comma', text: ' —' },
        period: null,
      },
    };
    const spoken = new Spoken('en', own).say('hi smiley one period send it');
    assert.equal(spoken.text, 'hi 🙂 one period');
    assert.deepEqual(
      spoken.fired.map(({ name }) => name),
      ['smiley', 'send'],
    );
    assert.equal(
      new Spoken('en', { en: { '*': null, stop: { name: 'full-stop', text: '.' } } }).say('a comma b stop').text,
      'a comma b.',
    );
    assert.equal(
      new Spoken('de', { de: { komma: { name: 'comma', text: ',' } } }).say('ja komma nein').text,
      'ja, nein',
    );
  });

  it('write a sign as a word where there is none before it', () => {
    assert.equal(new Spoken().say('comma one').text, ', one');
  });
});
