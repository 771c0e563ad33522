/** Writes British spellings the American way. A few hundred words and their forms, not a complete dictionary. */

const either = (words: string): string => words.trim().split(/\s+/).join('|');

const OUR =
  either(`arb ard arm behavi cand clam col demean endeav enam fav ferv flav harb hon hum lab neighb od parl ranc rig
  rum savi sav splend succ tum val vap vig`);
const ISE =
  either(`actual agon antagon apolog author bapt brutal capital categor central character civil colon commerc computer
  critic crystall custom decentral dehuman demoral deput digit disorgan dramat econom emphas energ epitom equal fantas
  fertil final formal fossil galvan general global harmon hospital human hypnot ideal immobil immortal immun improv
  individual industrial initial institutional internal ital item jeopard legal legitim liberal local magnet marginal material
  maxim mechan memor mesmer militar minim mobil modern monopol moral national natural neutral normal optim organ ostrac
  oxid pasteur patron penal personal polar popular pressur prior privat public pulver random rational real recogn
  reorgan revital revolution sanit scrutin sensational serial social special stabil standard steril subsid summar
  symbol sympath synchron tantal terror theor traumat tranquil urban util vandal verbal victim visual vital vocal western`);
const LL =
  either(`cancel channel counsel dial duel enamel equal fuel funnel grovel initial jewel label level libel marshal
  marvel model panel pedal quarrel rival shovel signal snivel swivel total towel travel tunnel unravel`);
const RE = either(
  `calib cent fib lust meag sab somb spect theat lit millilit met centimet kilomet millimet och epicent`,
);

const RULES: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  [new RegExp(`^((?:un|dis|mis|re|multi|out)?(?:${OUR})o)u(r\\w*)$`), '$1$2'],
  [new RegExp(`^((?:un|de|re|over)?(?:${ISE})i)s(e|es|ed|er|ers|ing|ation|ations|ational)$`), '$1z$2'],
  [/^((?:over)?(?:anal|paral|catal|electrol)y)s(e|ed|er|ers|ing)$/, '$1z$2'],
  [new RegExp(`^((?:re|un|out|fellow)?(?:${LL}))l(ed|ing|ings|er|ers|or|ors|ous|ously)$`), '$1$2'],
  [new RegExp(`^(${RE})re(s?)$`), '$1er$2'],
  [/^((?:de)?(?:cent|calib|met))red$/, '$1ered'],
  [/^((?:de)?cent)ring$/, '$1ering'],
  [/^(def|off|lic|pret)ence(s|less)?$/, '$1ense$2'],
  [/^practis(e|es|ed|ing)$/, 'practic$1'],
  [/^(cat|an)alogue(s?)$/, '$1alog$2'],
  [/^catalogu(ed|ing)$/, 'catalog$1'],
  [/^(fulfil|enrol|instil|distil)(s|ment|ments)?$/, '$1l$2'],
  [/^instalment(s?)$/, 'installment$1'],
  [/^(sk|w)ilful(ly)?$/, '$1illful$2'],
  [/^woollen(s?)$/, 'woolen$1'],
  [/^jewellery$/, 'jewelry'],
  [/^grey(s|er|ish|ing|ed)?$/, 'gray$1'],
  [/^tyre(s?)$/, 'tire$1'],
  [/^plough(s|ed|ing|man|men)?$/, 'plow$1'],
  [/^programme(s?)$/, 'program$1'],
  [/^cheque(s?)$/, 'check$1'],
  [/^kerb(s?)$/, 'curb$1'],
  [/^pyjama(s?)$/, 'pajama$1'],
  [/^aeroplane(s?)$/, 'airplane$1'],
  [/^aluminium$/, 'aluminum'],
  [/^sceptic(s|al|ally|ism)?$/, 'skeptic$1'],
  [/^(s?m)ould(s|ed|er|ering|ing|ings|y)?$/, '$1old$2'],
  [/^moustache(s|d)?$/, 'mustache$1'],
  [/^draught(s|y|ed)?$/, 'draft$1'],
  [/^storey$/, 'story'],
  [/^storeys$/, 'stories'],
  [/^cos(y|ier|iest|ily|iness)$/, 'coz$1'],
  [/^((?:mis)?judg|acknowledg)ement(s?)$/, '$1ment$2'],
  [/^ageing$/, 'aging'],
  [/^manoeuvre(s?)$/, 'maneuver$1'],
  [/^manoeuvr(ed|ing)$/, 'maneuver$1'],
  [/^(an|leuk|h)aem(ia|ic|o\w*|at\w*)$/, '$1em$2'],
  [/^anaesth(\w+)$/, 'anesth$1'],
  [/^(p|orthop|encyclop)aed(\w+)$/, '$1ed$2'],
  [/^oe(strogen|sophag\w*|dema)$/, 'e$1'],
  [/^foet(us|uses|al)$/, 'fet$1'],
  [/^mediaeval$/, 'medieval'],
  [/^diarrhoea$/, 'diarrhea'],
];

const known = new Map<string, string>();

/** Of a text in lower case, whose words are separated by single spaces. */
export function withAmericanSpelling(text: string): string {
  return text
    .split(' ')
    .map((word) => {
      const found = known.get(word) ?? RULES.reduce((written, [pattern, to]) => written.replace(pattern, to), word);
      known.set(word, found);
      return found;
    })
    .join(' ');
}
