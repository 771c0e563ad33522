/** Renders the transcript of several lanes: a paragraph for each utterance, ordered by time, with its speaker. */
import type { Interim, Utterance } from '../../client/transcript.js';
import type { LaneTranscript, WordMarkup } from '../words/lane-transcript.js';

/** As in a transcript without lanes: about two hours of speech. */
const MOST_WORDS = 20_000;

interface Paragraph {
  readonly box: HTMLElement;
  readonly line: HTMLElement;
  readonly spans: HTMLElement[];
  shown: Utterance | undefined;
}

/** Unlike a single lane's, an utterance grows after a later one has begun, and loses words that turn out to be echoes. */
export class LaneParagraphs {
  readonly #box: HTMLElement;
  readonly #timeOf: (seconds: number) => number;
  readonly #markup: WordMarkup;
  readonly #paragraphs = new Map<number, Paragraph>();
  /** Unfinished words, and paragraphs that have nothing else. */
  #unfinished: Element[] = [];
  #threshold = 0;

  /** @param box used exclusively by this view */
  constructor(box: HTMLElement, timeOf: (seconds: number) => number, markup: WordMarkup) {
    this.#box = box;
    this.#timeOf = timeOf;
    this.#markup = markup;
    box.replaceChildren();
  }

  show({ utterances, lanes }: LaneTranscript, threshold: number): void {
    this.#unfinished.forEach(remove);
    this.#unfinished = [];
    const shown = newest(utterances);
    this.#removeOthers(shown);
    let place = this.#box.firstElementChild;
    for (const utterance of shown) {
      const paragraph = this.#paragraphs.get(utterance.id) ?? this.#paragraph(utterance);
      this.#paragraphs.set(utterance.id, paragraph);
      if (paragraph.shown !== utterance) this.#fill(paragraph, utterance, threshold);
      if (place === paragraph.box) place = place.nextElementSibling;
      else this.#box.insertBefore(paragraph.box, place);
    }
    for (const interim of lanes.interims) this.#showInterim(interim, utterances);
    if (threshold !== this.#threshold) this.#mark(threshold);
  }

  #removeOthers(shown: readonly Utterance[]): void {
    const ids = new Set(shown.map(({ id }) => id));
    for (const [id, { box }] of this.#paragraphs) {
      if (ids.has(id)) continue;
      box.remove();
      this.#paragraphs.delete(id);
    }
  }

  #fill(paragraph: Paragraph, utterance: Utterance, threshold: number): void {
    const { line, spans } = paragraph;
    paragraph.shown = utterance;
    utterance.words.forEach((word, index) => {
      const span = (spans[index] ??= this.#append(line));
      this.#markup.showWord(span, word, threshold);
    });
    spans.splice(utterance.words.length).forEach(remove);
  }

  #append(line: HTMLElement): HTMLElement {
    const span = this.#markup.makeInterim();
    if (line.lastElementChild?.matches('[part~="word"]')) line.append(' ');
    line.append(span);
    return span;
  }

  #showInterim(interim: Interim, utterances: readonly Utterance[]): void {
    const open = utterances.findLast(({ lane, isFinal }) => lane === interim.lane && !isFinal);
    const { box, line } = (open && this.#paragraphs.get(open.id)) ?? this.#paragraph(interim);
    const span = this.#append(line);
    span.textContent = interim.text;
    if (box.isConnected) this.#unfinished.push(span);
    else {
      this.#box.append(box);
      this.#unfinished.push(box);
    }
  }

  #paragraph({ start, speaker = '', lane = 0 }: Utterance | Interim): Paragraph {
    const [box, time, line, name] = ['div', 'time', 'p', 'span'].map((tag) => document.createElement(tag)) as [
      ...[HTMLElement, HTMLTimeElement, HTMLElement, HTMLElement],
    ];
    const seconds = this.#timeOf(start);
    box.setAttribute('part', 'paragraph');
    time.setAttribute('part', 'time');
    time.dateTime = this.#markup.isoDuration(seconds);
    time.textContent = this.#markup.clockTime(seconds);
    line.setAttribute('part', 'line');
    line.dir = name.dir = 'auto';
    name.setAttribute('part', `speaker speaker-${lane + 1}`);
    name.style.setProperty('--_lane', String(lane));
    name.textContent = speaker;
    line.append(name);
    box.append(time, line);
    return { box, line, spans: [], shown: undefined };
  }

  #mark(threshold: number): void {
    this.#threshold = threshold;
    for (const span of this.#box.querySelectorAll('[part~="word"]')) this.#markup.markWord(span, threshold);
  }
}

/** With the space before a word. */
function remove(element: Element): void {
  if (element.previousSibling instanceof Text) element.previousSibling.remove();
  element.remove();
}

/** The end of a long transcript. */
function newest(utterances: readonly Utterance[]): readonly Utterance[] {
  let words = 0;
  const beyond = utterances.findLastIndex((utterance) => (words += utterance.words.length) > MOST_WORDS);
  return utterances.slice(beyond + 1);
}
