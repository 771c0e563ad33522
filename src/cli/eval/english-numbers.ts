/** Writes English numbers and sums of money in digits: "twenty one" as 21, "ten thousand dollars" as $10000. */

const UNITS = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
const TEENS = 'ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(' ');
const TENS = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');

type Kind = 'zero' | 'unit' | 'teen' | 'tens' | 'hundred' | 'scale';

interface NumberWord {
  readonly kind: Kind;
  readonly value: number;
  /** Of an ordinal or a plural: `21st`, `1920s`. */
  readonly suffix: '' | 'st' | 'nd' | 'rd' | 'th' | 's';
}

/** Thousand is 10³, million 10⁶ and so on. */
const SCALES = ['thousand', 'million', 'billion', 'trillion'];

const NUMBER_WORDS: ReadonlyMap<string, NumberWord> = new Map(
  [
    ['zero', 'zero', 0] as const,
    ...UNITS.map((name, i) => [name, 'unit', i + 1] as const),
    ...TEENS.map((name, i) => [name, 'teen', i + 10] as const),
    ...TENS.map((name, i) => [name, 'tens', 10 * (i + 2)] as const),
    ['hundred', 'hundred', 100] as const,
    ...SCALES.map((name, i) => [name, 'scale', 1000 ** (i + 1)] as const),
  ].flatMap(([name, kind, value]): [string, NumberWord][] => [
    [name, { kind, value, suffix: '' }],
    [plural(name), { kind, value, suffix: 's' }],
    ...(kind === 'zero' ? [] : [ordinal(name, kind, value)]),
  ]),
);

function plural(name: string): string {
  if (name.endsWith('y')) return `${name.slice(0, -1)}ies`;
  return name.endsWith('x') ? `${name}es` : `${name}s`;
}

function ordinal(name: string, kind: Kind, value: number): [string, NumberWord] {
  const irregular: Readonly<Record<string, readonly [string, NumberWord['suffix']]>> = {
    one: ['first', 'st'],
    two: ['second', 'nd'],
    three: ['third', 'rd'],
    five: ['fifth', 'th'],
    eight: ['eighth', 'th'],
    nine: ['ninth', 'th'],
    twelve: ['twelfth', 'th'],
  };
  const [written, suffix] = irregular[name] ?? [name.endsWith('y') ? `${name.slice(0, -1)}ieth` : `${name}th`, 'th'];
  return [written, { kind, value, suffix }];
}

const SIGNS: ReadonlyMap<string, string> = new Map([
  ['minus', '-'],
  ['negative', '-'],
  ['plus', '+'],
  ['positive', '+'],
]);
const REPEATS: ReadonlyMap<string, number> = new Map([
  ['double', 2],
  ['triple', 3],
]);
const CURRENCIES: ReadonlyMap<string, string> = new Map([
  ['dollar', '$'],
  ['dollars', '$'],
  ['euro', '€'],
  ['euros', '€'],
  ['pound', '£'],
  ['pounds', '£'],
  ['cent', '¢'],
  ['cents', '¢'],
]);

/** Digits as they were written, with their currency. */
const LITERAL = /^([$€£¢]?)(\d+(?:\.\d+)?)$/;

/** Part of a number: "nineteen" and "ninety nine" of "nineteen ninety nine". */
interface Group {
  readonly currency: string;
  readonly digits: string;
  readonly suffix: NumberWord['suffix'];
  /** Below a hundred and in words: another such group continues it. */
  readonly isShort: boolean;
  readonly next: number;
}

/** Of a text in lower case, whose words are separated by single spaces. */
export function withDigits(text: string): string {
  const words = text.split(' ');
  const written: string[] = [];
  for (let at = 0; at < words.length;) {
    const number = numberAt(words, at);
    written.push(number?.text ?? words[at] ?? '');
    at = number?.next ?? at + 1;
  }
  return (
    written
      .join(' ')
      .replace(
        /([$€£]\d+) (?:and )?¢(\d{1,2})\b/g,
        (_, whole: string, cents: string) => `${whole}.${cents.padStart(2, '0')}`,
      )
      .replace(/[$€£]0\.(\d{1,2})\b/g, '¢$1')
      // Mostly a pronoun.
      .replace(/(?<=^| )1(?=s?(?: |$))/g, 'one')
  );
}

function numberAt(words: readonly string[], start: number): { text: string; next: number } | undefined {
  const sign = SIGNS.get(words[start] ?? '') ?? '';
  const first = groupAt(words, sign === '' ? start : start + 1, false);
  if (!first) return undefined;
  let { digits, suffix, next } = first;
  // "nineteen ninety nine", "one oh one"
  for (let last = first; last.isShort && last.suffix === '';) {
    const group = groupAt(words, next, true);
    if (!group?.isShort) break;
    digits += group.digits;
    ({ suffix, next } = group);
    last = group;
  }
  let { currency } = first;
  if (suffix === '') {
    const fraction = fractionAt(words, next);
    if (fraction && !digits.includes('.')) {
      const scale = NUMBER_WORDS.get(words[fraction.next] ?? '');
      const isScaled = scale?.kind === 'scale' && scale.suffix === '';
      digits = `${digits}.${fraction.digits}`;
      if (isScaled) digits = product(digits, scale.value);
      next = fraction.next + (isScaled ? 1 : 0);
    }
    const isPercent = words[next] === 'percent' || (words[next] === 'per' && words[next + 1] === 'cent');
    if (isPercent) return { text: `${sign}${digits}%`, next: next + (words[next] === 'per' ? 2 : 1) };
    const named = CURRENCIES.get(words[next] ?? '');
    if (named !== undefined && currency === '') {
      currency = named;
      next++;
    }
  }
  return { text: `${sign}${currency}${digits}${suffix}`, next };
}

function groupAt(words: readonly string[], at: number, continues: boolean): Group | undefined {
  const word = words[at] ?? '';
  const unit = NUMBER_WORDS.get(words[at + 1] ?? '');
  const repeats = REPEATS.get(word);
  if (repeats !== undefined && (unit?.kind === 'unit' || unit?.kind === 'zero') && unit.suffix === '')
    return short(String(unit.value).repeat(repeats), at + 2);
  // Not in "oh no".
  if (word === 'oh' && (continues || unit?.kind === 'unit')) return short('0', at + 1);
  const literal = LITERAL.exec(word);
  if (!literal) return cardinalAt(words, at);
  const [, currency = '', digits = ''] = literal;
  const isScaled = unit?.kind === 'scale' && unit.suffix === '';
  return {
    currency,
    digits: isScaled ? product(digits, unit.value) : digits,
    suffix: '',
    isShort: false,
    next: at + (isScaled ? 2 : 1),
  };
}

const short = (digits: string, next: number): Group => ({ currency: '', digits, suffix: '', isShort: true, next });

/** The longest number in words that begins at a word, such as "two hundred and five thousand", or that is below a hundred. */
function cardinalAt(words: readonly string[], start: number, isBelowHundred = false): Group | undefined {
  let total = 0;
  let current = 0;
  let last: Kind | undefined;
  let least = Infinity;
  let isShort = true;
  let at = start;
  let suffix: NumberWord['suffix'] = '';
  while (suffix === '') {
    const isAnd = words[at] === 'and' && (last === 'hundred' || last === 'scale');
    const word = NUMBER_WORDS.get(words[isAnd ? at + 1 : at] ?? '');
    if (!word || !follows(word, last) || ((isAnd || isBelowHundred) && isLarge(word))) break;
    if (word.kind === 'scale') {
      if (word.value >= least) break;
      least = word.value;
      total += Math.max(current, 1) * word.value;
      current = 0;
    } else if (word.kind === 'hundred') current = Math.max(current, 1) * 100;
    else current += word.value;
    isShort &&= !isLarge(word);
    ({ suffix } = word);
    last = word.kind;
    at += isAnd ? 2 : 1;
  }
  return last && { currency: '', digits: String(total + current), suffix, isShort, next: at };
}

const isLarge = ({ kind }: NumberWord): boolean => kind === 'hundred' || kind === 'scale';

/** Whether a word continues the number whose last word was of the kind `last`. */
function follows({ kind }: NumberWord, last: Kind | undefined): boolean {
  const isBelowHundred = last === 'unit' || last === 'teen' || last === 'tens';
  switch (kind) {
    case 'zero':
      return last === undefined;
    case 'unit':
      return last === undefined || last === 'tens' || last === 'hundred' || last === 'scale';
    case 'teen':
    case 'tens':
      return last === undefined || last === 'hundred' || last === 'scale';
    case 'hundred':
      return last === undefined || isBelowHundred;
    case 'scale':
      return last === undefined || last === 'hundred' || isBelowHundred;
  }
}

/** "point one four", "and a half" */
function fractionAt(words: readonly string[], at: number): { digits: string; next: number } | undefined {
  if (words[at] === 'and' && words[at + 1] === 'a' && words[at + 2] === 'half') return { digits: '5', next: at + 3 };
  if (words[at] !== 'point') return undefined;
  let digits = '';
  let next = at + 1;
  const following = (): Group | undefined =>
    words[next] === 'oh' ? short('0', next + 1) : cardinalAt(words, next, true);
  for (let group = following(); group?.suffix === ''; group = following()) {
    digits += group.digits;
    ({ next } = group);
  }
  return digits === '' ? undefined : { digits, next };
}

/** Without the error of binary fractions: 3.2 million is 3200000. */
function product(digits: string, scale: number): string {
  return String(Number((Number(digits) * scale).toPrecision(15)));
}
