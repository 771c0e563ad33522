"""Texts: what the voices will say.

  python text.py            writes sentences.{en,fr}.txt (one sentence a line, shuffled) and tokenizer.model
  python text.py --held-out writes held_out.json, once, before any training; the sentences in it are kept out of the above

Sources: the grammars beside this file, prose and dialogue that packages ship (SOURCES), and lists of frequent words.
A sentence is kept when every word is among the frequent ones, so that spelling can be learnt from few hours of speech.
"""
import gettext, glob, hashlib, html, importlib, json, random, re, sys
import yaml, wordfreq
from paths import DATA, HERE, PACKAGES

DEB, WHEELS = PACKAGES / 'deb', PACKAGES / 'wheels'
TOP = {'en': 16000, 'fr': 22000}
WORD = re.compile(r"[A-Za-zÀ-ÖØ-öø-ÿŒœ]+(?:['-][A-Za-zÀ-ÖØ-öø-ÿŒœ]+)*'?")


def known_words(lang):
    words = set(wordfreq.top_n_list(lang, TOP[lang]))
    return {w for w in words if len(w) > 1 or w in 'aiày'}


def tidy(text):
    """One style of quotes, dashes and spaces; markup removed."""
    text = html.unescape(re.sub(r'<[^>]*>', '', text))
    text = text.replace('’', "'").replace('‘', "'").replace('\u00a0', ' ').replace('\u202f', ' ').replace('…', '.').replace('_', '')
    text = re.sub(r'\s+', ' ', text)
    text = re.sub(r'\.{2,}', '.', text)
    return re.sub(r'\s*[—–]\s*|\s-+\s|\s*;\s*|\s*:\s+', ', ', text).strip()


def sentences_of(text, lang):
    for s in re.split(r'(?<=[.!?])\s+', tidy(text)):
        s = re.sub(r'\s+([,.!?])', r'\1', s.strip(' "«»“”'))
        s = re.sub(r'([!?])[!?]+', r'\1', s)
        if lang == 'fr':
            s = re.sub(r'([!?])', r' \1', s)
        s = re.sub(r',+', ',', s)
        if s and s[0].islower():
            s = s[0].upper() + s[1:]
        yield s


def fits(s, lang, known):
    if not 8 <= len(s) <= 110 or s[-1] not in '.!?' or re.search(r'[^A-Za-zÀ-ÖØ-öø-ÿŒœ\',.!? -]', s) or re.search(r'[.?!].+[.?!]$', s):
        return False
    words = WORD.findall(s)
    if not 2 <= len(words) <= 18 or sum(w.isupper() and len(w) > 1 for w in words):
        return False
    for w in words:
        parts = [w.lower()] if w.lower() in known else re.split(r"[-']", w.lower())
        if any(p and p not in known and p not in ('c', 'd', 'j', 'l', 'm', 'n', 's', 't', 'qu', 'y', 'a', 'i', 've', 'll', 're') for p in parts):
            return False
    return True


def prose(lang):
    """Text of packages: (source, text)."""
    for mo in glob.glob(f'{DEB}/usr/share/games/wesnoth/*/locale/fr/LC_MESSAGES/*.mo') + glob.glob(f'{DEB}/usr/share/locale/fr/LC_MESSAGES/freedroidrpg-*.mo'):
        for src, dst in gettext.GNUTranslations(open(mo, 'rb'))._catalog.items():
            if isinstance(src, str) and src:
                yield mo, re.sub(r'^[^\n]*\^', '', src if lang == 'en' else dst)
    for f in glob.glob(f'{DEB}/usr/share/help/{"C" if lang == "en" else "fr"}/**/*.page', recursive=True):
        for p in re.findall(r'<(?:p|title|desc)[^>]*>(.*?)</', open(f, errors='replace').read(), re.S):
            yield f, p
    for f in glob.glob(f'{DEB}/usr/share/libreoffice/help/{"en-US" if lang == "en" else "fr"}/**/*.html', recursive=True):
        for p in re.findall(r'<p[^>]*>(.*?)</p>', open(f, errors='replace').read(), re.S):
            yield f, p
    for f in glob.glob(f'{DEB}/usr/share/debian-reference/*.{lang}.html'):
        for p in re.findall(r'<p>(.*?)</p>', open(f, errors='replace').read(), re.S):
            yield f, p
    if lang == 'en':
        for f in glob.glob(f'{DEB}/usr/share/games/fortunes/*'):
            if '.' not in f.split('/')[-1]:
                for p in re.split(r'\n%\n', open(f, errors='replace').read()):
                    yield f, p.split('\t\t--')[0]
    for f in glob.glob(f'{WHEELS}/chatterbot_corpus/data/{"english" if lang == "en" else "french"}/*.yml'):
        for talk in yaml.safe_load(open(f))['conversations']:
            for line in talk:
                if isinstance(line, str):
                    line = line.strip()
                    yield f, line if line[-1:] in '.!?' else line + '.'


class Commands:
    """Sentences from the templates of home-assistant-intents: [optional], (a|b), <rule>, {list}."""

    def __init__(self, lang):
        self.d = json.load(open(f'{WHEELS}/home_assistant_intents/data/{lang}.json'))
        self.templates = [s for i in self.d['intents'].values() for g in i['data'] for s in g['sentences']]
        self.rules = self.d.get('expansion_rules', {})
        self.lang = lang
        self.names = {'en': ['kitchen', 'bedroom', 'living room', 'lamp', 'heating', 'garage', 'television', 'front door', 'coffee', 'milk', 'radio'],
                      'fr': ['la cuisine', 'la chambre', 'le salon', 'la lampe', 'le chauffage', 'le garage', 'la télévision', 'la porte', 'le café', 'la radio']}[lang]

    def expand(self, s, rng, depth=0):
        if depth > 12:
            raise ValueError
        while True:
            m = re.search(r'\[([^\[\]()]*)\]|\(([^\[\]()]*)\)|<([^<>]*)>|\{([^{}]*)\}', s)
            if not m:
                return s
            opt, alt, rule, lst = m.groups()
            if opt is not None:
                r = rng.choice(opt.split('|')) if rng.random() < .5 else ''
            elif alt is not None:
                r = rng.choice(alt.split('|'))
            elif rule is not None:
                if rule not in self.rules:
                    raise ValueError
                r = self.expand(self.rules[rule], rng, depth + 1)
            else:
                r = rng.choice(self.names)
            s = s[:m.start()] + r + s[m.end():]

    def one(self, rng):
        for _ in range(50):
            try:
                s = re.sub(r'\s+', ' ', self.expand(rng.choice(self.templates), rng)).strip()
            except ValueError:
                continue
            if s:
                s = s[0].upper() + s[1:]
                end = '?' if re.match(r"(What|Where|Is|Are|How|Which|When|Who|Do|Does|Quel|Où|Est-ce|Combien|Qu)", s) else '.'
                return s + (' ?' if end == '?' and self.lang == 'fr' else end)
        raise ValueError('no command could be made')


class Grammar:
    def __init__(self, lang, rng):
        g = importlib.import_module('grammar_' + lang)
        self.rng, self.rules, self.lang = rng, g.RULES, lang
        self.lists = {k: [w.replace('_', ' ') for w in v.split()] for k, v in g.LISTS.items()}
        self.slots = g.slots(rng)

    def one(self):
        s = re.sub(r'\{(\w+)\}', lambda m: self.slots[m[1]]() if m[1] in self.slots else self.rng.choice(self.lists[m[1]]), self.rng.choice(self.rules))
        s = re.sub(r'\s+', ' ', s.replace('"', '')).strip()
        s = re.sub(r'\s+([.,])', r'\1', s)
        if self.lang == 'fr':
            s = re.sub(r"\b([DdLl])e (?=[aeéèêiouyhâîœ])(?!huit|onze|un\b|haut|hibou|hôt)", r"\1'", s)
            s = re.sub(r"\bde le\b", 'du', re.sub(r"\bde les\b", 'des', s))
            s = re.sub(r"\bla (?=[aeéèêiouâîœ])", "l'", s)
            s = re.sub(r"\b([Jj])e (?=[aeéèêiouyh])", r"\1'", s)
        else:
            s = re.sub(r'\b([Aa]) (?=[aeiou])(?!uni|one|eu|use)', r'\1n ', s)
        return s[0].upper() + s[1:]


def norm(s):
    return ' '.join(w.lower() for w in WORD.findall(s))


def key(s):
    return int(hashlib.sha1(norm(s).encode()).hexdigest()[:8], 16)


def collect(lang):
    """All prose that fits, without repetitions: {normal form: sentence}."""
    known, out = known_words(lang), {}
    for _, text in prose(lang):
        for s in sentences_of(text, lang):
            if fits(s, lang, known):
                out.setdefault(norm(s), s)
    return out


def held_out():
    """40 sentences of the grammar, 60 of the prose, 40 written by hand, for each language."""
    everyday = json.load(open(HERE / 'everyday.json'))
    out = {}
    for lang in ('en', 'fr'):
        rng = random.Random('held out ' + lang)
        g = Grammar(lang, rng)
        made = sorted({norm(s): s for s in (g.one() for _ in range(400)) if key(s) % 20 == 0 and len(s) < 90}.values())
        text = sorted(s for s in collect(lang).values() if key(s) % 20 == 0 and 20 < len(s) < 90)
        rng.shuffle(made); rng.shuffle(text)
        out[lang] = {'everyday': everyday[lang], 'grammar': made[:40], 'prose': text[:60]}
        assert all(len(v) >= 15 for v in out[lang].values()), {k: len(v) for k, v in out[lang].items()}
    json.dump(out, open(HERE / 'held_out.json', 'w'), ensure_ascii=False, indent=1)
    print({lang: {k: len(v) for k, v in d.items()} for lang, d in out.items()})


def main():
    kept = {norm(s) for d in json.load(open(HERE / 'held_out.json')).values() for v in d.values() for s in v}
    for lang, n in (('en', 60000), ('fr', 60000)):
        rng = random.Random('train ' + lang)
        g, c = Grammar(lang, rng), Commands(lang)
        text = [s for s in collect(lang).values() if norm(s) not in kept]
        rng.shuffle(text)
        # the grammar's sentences whose hash is a multiple of 20 are all kept out: none like them is seen
        made = [s for s in (g.one() for _ in range(n)) if key(s) % 20 and norm(s) not in kept]
        said = {norm(s): s for s in (c.one(rng) for _ in range(2000)) if fits(s, lang, known_words(lang)) and norm(s) not in kept}
        freq = [w for w in wordfreq.top_n_list(lang, 5000) if re.fullmatch(r"[a-zà-öø-ÿœ']{2,}", w)]
        lists = []
        for k in range(6000):
            ws = rng.sample(freq, rng.randint(1, 6))
            lists.append(', '.join(ws).capitalize() + '.')
        lists = [s for s in lists if norm(s) not in kept]
        take = text * max(1, 30000 // max(1, len(text))) + made[:30000] + list(said.values()) + lists
        rng.shuffle(take)
        words = [w.lower() for s in take for w in WORD.findall(s)]
        print(lang, 'prose', len(text), 'grammar', len(made), 'commands', len(said), 'lines', len(take), 'words', len(words), 'distinct', len(set(words)))
        open(DATA / f'sentences.{lang}.txt', 'w').write('\n'.join(take) + '\n')
    tokenizer()


def tokenizer():
    import sentencepiece as spm
    lines = [x for lang in ('en', 'fr') for x in open(DATA / f'sentences.{lang}.txt')]
    open(DATA / 'sentences.all.txt', 'w').writelines(lines)
    spm.SentencePieceTrainer.train(
        input=str(DATA / 'sentences.all.txt'), model_prefix=str(DATA / 'tokenizer'), model_type='unigram', vocab_size=2000,
        unk_id=0, bos_id=1, eos_id=2, pad_id=3, byte_fallback=True, character_coverage=1.0, normalization_rule_name='identity',
        split_digits=True, num_threads=2, input_sentence_size=200000, minloglevel=2)
    sp = spm.SentencePieceProcessor(model_file=str(DATA / 'tokenizer.model'))
    words = [w for x in lines[:20000] for w in x.split()]
    print('pieces', sp.get_piece_size(), 'a word', sum(len(sp.encode(w)) for w in words) / len(words), sp.encode('Good morning, peut-être.', out_type=str))


if __name__ == '__main__':
    held_out() if '--held-out' in sys.argv else main()
