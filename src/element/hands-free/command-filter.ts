/** Recognises commands among the words of one stream, and changes the transcript instead of adding their words. */
import type { Transcript, TranscriptEdit, Utterance, Word } from '../../client/transcript.js';
import type { StreamEvent, WireWord } from '../../protocol/stream-events.js';
import { phraseOf, type CommandTable } from './command-table.js';
import type { CommandDetail, FieldEdit, SpokenCommand } from './port.js';

export interface CommandFilterOptions {
  /** The transcript of the stream so far. */
  transcript(): Transcript;
  /** Read with each word; empty while commands are off. */
  table(): CommandTable;
  /** Words after which a phrase is no command. */
  articles(): readonly string[];
  /** Fires the `command` event. @returns false if the page cancels it */
  fire(detail: CommandDetail): boolean;
  /** Does the same in the field of a dictation. */
  write(edit: FieldEdit): void;
}

type Changed = StreamEvent | TranscriptEdit;

/** Joins the word before it. */
const CLOSING = /^[\s\u00a0\u202f]*[,.;:!?…%)\]}»”]/u;
/** What the model wrote at the end of a word, and a spoken sign replaces. */
const SIGNS = /[\s\u00a0\u202f]*[,.;:!?…]+$/u;
const SENTENCE_END = /[.!?…]["'»”’)]*$/u;

/**
 * Words that may begin a command wait, shown as unfinished, until the next word or the end of the utterance decides. The longest
 * phrase wins.
 */
export class CommandFilter {
  readonly #options: CommandFilterOptions;
  readonly #held: WireWord[] = [];
  /** Line breaks since the last word, which begin an utterance with the next one. */
  #breaks: number[] = [];
  #capital = false;
  /** The index of a word in the transcript by its index in the stream, until its end is known. */
  readonly #indices = new Map<number, number>();

  constructor(options: CommandFilterOptions) {
    this.#options = options;
  }

  /** To be iterated while each event is applied: a command depends on the words before it. */
  *filter(event: StreamEvent): Generator<Changed> {
    switch (event.type) {
      case 'partial':
        yield this.#partial(event.text, event.start);
        return;
      case 'word':
        this.#held.push(event.word);
        yield* this.#decide(false);
        return;
      case 'word-end': {
        const index = this.#indices.get(event.index);
        this.#indices.delete(event.index);
        this.#endHeld(event.index, event.end);
        if (index !== undefined) yield { ...event, index };
        return;
      }
      case 'final':
      case 'recovery':
      case 'end':
      case 'error':
        yield* this.#decide(true);
        yield event;
        return;
      default:
        yield event;
    }
  }

  /** @param isLast no further word can belong to the phrase */
  *#decide(isLast: boolean): Generator<Changed> {
    const table = this.#options.table();
    for (let first = this.#held[0]; first; first = this.#held[0]) {
      const all = phraseOf(this.#held.map(({ text }) => text).join(' '));
      if (!isLast && all !== '' && !this.#isLiteral() && begins(table, all)) break;
      const { command, count } = this.#isLiteral() ? { count: 1 } : this.#longest(table);
      const words = this.#held.splice(0, count);
      if (command && this.#fires(command, words)) yield* this.#do(command, words);
      else for (const word of words) yield* this.#add(word);
    }
    const [first] = this.#held;
    if (first) yield this.#partial('', first.start);
  }

  /** The longest phrase with which the words that wait begin. */
  #longest(table: CommandTable): { readonly command?: SpokenCommand; readonly count: number } {
    for (let count = this.#held.length; count > 0; count--) {
      const said: readonly string[] = this.#held.slice(0, count).map(({ text }) => phraseOf(text));
      const command = table.get(said.join(' ').trim());
      // Words without letters are no part of a phrase.
      if (command && said.at(-1) !== '') return { command, count };
    }
    return { count: 1 };
  }

  /** Whether the word follows an article. */
  #isLiteral(): boolean {
    if (this.#breaks.length > 0) return false;
    const last = this.#last;
    const before = last?.isFinal === false ? last.words.at(-1) : undefined;
    return before !== undefined && this.#options.articles().includes(phraseOf(before.text));
  }

  get #last(): Utterance | undefined {
    return this.#options.transcript().utterances.at(-1);
  }

  #fires({ name }: SpokenCommand, held: readonly WireWord[]): boolean {
    const words = held.map(({ text, start, end, confidence }): Word => ({
      ...{ text, start, end },
      ...(confidence !== undefined && { confidence }),
    }));
    return this.#options.fire({ name, words, utterance: this.#last });
  }

  *#do({ text = '', scratch = false }: SpokenCommand, words: readonly WireWord[]): Generator<Changed> {
    const write = (change: FieldEdit): void => this.#options.write(change);
    if (scratch) {
      if (this.#breaks.pop() === undefined) yield edit(withoutLast);
      else yield edit(same);
      this.#capital = SENTENCE_END.test(this.#last?.words.at(-1)?.text ?? '');
      write({ scratch });
    } else if (/^\n+$/.test(text)) {
      this.#breaks.push(text.length);
      this.#capital = true;
      yield edit(same);
      write({ text });
    } else if (text !== '') {
      if (CLOSING.test(text) && this.#breaks.length === 0 && this.#last) {
        yield edit((transcript) => withSign(transcript, text));
        write({ text });
      } else {
        const [first, last] = [words[0], words.at(-1)];
        if (first && last) yield* this.#add({ ...first, text: text.trim(), end: last.end });
      }
      this.#capital = SENTENCE_END.test(text);
    } else yield edit(same);
  }

  /** Adds a word to the transcript, from which the field gets it. */
  *#add(word: WireWord): Generator<Changed> {
    const breaks = this.#breaks.reduce((sum, lines) => sum + lines, 0);
    this.#breaks = [];
    if (breaks > 0) yield { type: 'final' };
    const text = this.#capital ? raised(word.text) : word.text;
    this.#capital = false;
    yield { type: 'word', word: { ...word, text } };
    const { utterances, forgotten } = this.#options.transcript();
    this.#indices.set(word.index, forgotten.words + utterances.reduce((sum, { words }) => sum + words.length, 0) - 1);
    if (breaks > 1) yield edit(asParagraph);
  }

  #endHeld(index: number, end: number): void {
    const at = this.#held.findIndex((word) => word.index === index);
    const word = this.#held[at];
    if (word) this.#held[at] = { ...word, end };
  }

  /** The words that wait, and the unfinished one. */
  #partial(text: string, start: number): Changed {
    const texts = [...this.#held.map((word) => word.text), ...(text === '' ? [] : [text])];
    return { type: 'partial', text: texts.join(' '), start: this.#held[0]?.start ?? start };
  }
}

/** Whether a longer phrase begins with `words`: the next word decides. */
function begins(table: CommandTable, words: string): boolean {
  return [...table.keys()].some((phrase) => phrase.startsWith(`${words} `));
}

/** @param apply the transcript without an unfinished word */
function edit(apply: (transcript: Transcript) => Transcript): TranscriptEdit {
  return { type: 'edit', apply: (transcript) => apply({ ...transcript, interim: undefined }) };
}

const same = (transcript: Transcript): Transcript => transcript;

/** Without the last utterance. The next one has another id. */
function withoutLast({ utterances, interim, forgotten }: Transcript): Transcript {
  const last = utterances.at(-1);
  if (!last) return { utterances, interim, forgotten };
  return {
    utterances: utterances.slice(0, -1),
    interim,
    forgotten: { utterances: forgotten.utterances + 1, words: forgotten.words + last.words.length },
  };
}

function withSign(transcript: Transcript, sign: string): Transcript {
  const last = transcript.utterances.at(-1);
  const word = last?.words.at(-1);
  if (!last || !word) return transcript;
  const words = [...last.words.slice(0, -1), { ...word, text: (word.text.replace(SIGNS, '') || word.text) + sign }];
  return withLast(transcript, { ...last, words, text: words.map(({ text }) => text).join(' ') });
}

function asParagraph(transcript: Transcript): Transcript {
  const last = transcript.utterances.at(-1);
  return last ? withLast(transcript, { ...last, paragraph: true }) : transcript;
}

const withLast = (transcript: Transcript, last: Utterance): Transcript => ({
  ...transcript,
  utterances: [...transcript.utterances.slice(0, -1), last],
});

function raised(text: string): string {
  const at = text.search(/\p{L}/u);
  const [first = '', ...rest] = text.slice(Math.max(0, at));
  // Words with capitals inside, such as iPhone, are left alone.
  return at < 0 || /\p{Lu}/u.test(rest.join('')) ? text : text.slice(0, at) + first.toUpperCase() + rest.join('');
}
