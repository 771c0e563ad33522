"""Voices that tell no times, aligned with the codec's own phone heads:  python align.py pico|people

pico: SVOX Pico in English and French, spoken here; people: Asterisk's Allison (en) and June (fr-CA), for training only (the tests use other people).
Writes bank/pico-*.jsonl and bank/human-*.jsonl like synth.py. Run it when the codec is good; the next run of encode.py takes them in."""
import gzip, json, random, re, subprocess, sys
from pathlib import Path
import numpy as np, soxr, torch
from codec import Codec
from paths import DATA, FRAME, RATE, register
from phones import ID, PHONES, units
from train_codec import Heads, LAGS
from voices import phonemes, words_of


class Aligner:
    def __init__(self):
        ck = torch.load(DATA / 'codec.pt', weights_only=True)
        self.codec, self.heads = Codec().eval(), Heads().eval()
        self.codec.load_state_dict(ck['codec'])
        self.heads.load_state_dict(ck['heads'])

    @torch.no_grad()
    def posteriors(self, audio):
        """Log-probabilities of the phones every 20 ms."""
        T = len(audio) // FRAME + 2
        x = torch.zeros(1, T * FRAME)
        x[0, :len(audio)] = torch.from_numpy(audio)
        with torch.autocast('cpu', torch.bfloat16):
            z = self.codec.latent(x)
        _, (first, rest), _ = self.codec.quantise(z.float())
        lp = self.heads(first, rest)[0][0].log_softmax(-1)          # [T, lags, phones]
        out, n = torch.zeros(4 * T, len(PHONES)), torch.zeros(4 * T, 1)
        for j, lag in enumerate(LAGS):
            k = (torch.arange(T) + 1) * 4 - (lag + 1) // 2
            ok = k >= 0
            out[k[ok]] += lp[ok, j]
            n[k[ok]] += 1
        return (out / n.clamp(min=1)).numpy()

    def align(self, audio, text, lang):
        """-> words and phones with times, and the mean log-probability; None when the text cannot be laid on the sound."""
        ws = words_of(text)
        parts = [units(p) for p in phonemes(text, lang).split()]
        if len(parts) != len(ws) or any(not p for p in parts):
            return None
        seq, word, optional = [0], [-1], [True]
        for i, p in enumerate(parts):
            for u in p:
                seq.append(ID[u]); word.append(i); optional.append(False)
            seq.append(0); word.append(-1); optional.append(True)
        lp = self.posteriors(audio)
        N, S = len(lp), len(seq)
        if N < S * .8:
            return None
        em, opt = lp[:, seq], np.array(optional)
        d, back = np.full(S, -1e9), np.zeros((N, S), np.int8)
        d[0], d[1] = em[0, 0], em[0, 1]
        skip = np.where(np.concatenate([[False], opt[:-1]]), 0., -6.)   # over a pause for nothing, over a phone for a price
        for t in range(1, N):
            c = np.stack([d, np.concatenate([[-1e9], d[:-1]]), np.concatenate([[-1e9, -1e9], d[:-2]]) + skip])
            k = c.argmax(0)
            back[t], d = k, c.max(0) + em[t]
        s = S - 1 if d[-1] >= d[-2] else S - 2
        score, path = d[s] / N, []
        for t in range(N - 1, -1, -1):
            path.append(s)
            s -= back[t, s]
        path.reverse()
        span, ph = {}, []
        for i, s in enumerate(path):
            if word[s] < 0:
                continue
            a, b = i * .02, (i + 1) * .02
            if ph and ph[-1][3] == s:
                ph[-1][2] = b
            else:
                ph.append([PHONES[seq[s]], a, b, s])
            span.setdefault(word[s], [a, b])[1] = b
        if len(span) != len(ws):
            return None
        return [(w[0], *span[i]) for i, w in enumerate(ws)], [tuple(p[:3]) for p in ph], float(score)


def pico(lang, count, rng):
    from py_nanotts import NanoTTS
    tts = NanoTTS()
    lines = [s.strip() for s in open(DATA / f'sentences.{lang}.txt')]
    for i in range(count):
        text, voice = rng.choice(lines), rng.choice({'en': ['en-US', 'en-GB'], 'fr': ['fr-FR']}[lang])
        b = tts.speak(text, voice=voice, speed=rng.uniform(.8, 1.3), pitch=rng.uniform(.75, 1.35))
        yield 'pico-' + voice, text, np.frombuffer(b, '<i2').astype(np.float32) / 32768, 16000


def people(lang, *_):
    base, doc = {'en': ('en_US_f_Allison', 'en'), 'fr': ('fr_CA_f_June', 'fr')}[lang]
    for line in gzip.open(f'/usr/share/doc/asterisk-core-sounds-{doc}/core-sounds-{doc}.txt.gz', 'rt', encoding='utf8', errors='replace'):
        if ': ' not in line or line.startswith(';'):
            continue
        name, text = line.strip().split(': ', 1)
        file = next((p for e in ('g722', 'gsm', 'wav') if (p := Path(f'/usr/share/asterisk/sounds/{base}/{name}.{e}')).exists()), None)
        text = re.sub(r'\s+', ' ', text.replace('’', "'")).strip().strip('"')
        if not file or not text or re.search(r'[^A-Za-zÀ-ÖØ-öø-ÿŒœ\',.!? -]', text) or re.search(r'[.?!].+', text[:-1]) or len(text) > 160:
            continue
        r = subprocess.run(['ffmpeg', '-v', 'quiet', *(['-f', 'g722'] if file.suffix == '.g722' else []), '-i', str(file), '-ar', '24000', '-ac', '1', '-f', 's16le', '-'], capture_output=True)
        yield base, text[0].upper() + text[1:], np.frombuffer(r.stdout, '<i2').astype(np.float32) / 32768, RATE


def main():
    register()
    torch.set_num_threads(1)
    kind, aligner = sys.argv[1], Aligner()
    for lang in ('en', 'fr'):
        rng, items = random.Random(f'{kind} {lang}'), []
        for voice, text, a, rate in (pico if kind == 'pico' else people)(lang, 3000, rng):
            if not rate * .4 < len(a) < rate * 20:
                continue
            a = soxr.resample(a, rate, RATE)
            a = a / (np.abs(a).max() + 1e-6) * .5
            r = aligner.align(a, text, lang)
            if r:
                items.append((r[2], voice, text, a, r[0], r[1]))
        items.sort(key=lambda i: -i[0])
        keep = items[:int(len(items) * .85)]
        print(kind, lang, len(items), 'aligned; scores', [round(float(np.quantile([i[0] for i in items], q)), 2) for q in (0, .15, .5, 1)], flush=True)
        at, base = 0, DATA / 'bank' / f'{"pico" if kind == "pico" else "human"}-{lang}-a'
        with open(base.with_suffix('.pcm'), 'wb') as pcm, open(base.with_suffix('.jsonl'), 'w') as index:
            for score, voice, text, a, ws, ph in keep:
                t = lambda xs: [(x, round(s, 3), round(e, 3)) for x, s, e in xs]
                pcm.write((a * 32767).astype(np.int16).tobytes())
                index.write(json.dumps(dict(at=at, n=len(a), lang=lang, voice=voice, kind='', text=text, words=t(ws), phones=t(ph), score=round(score, 2)), ensure_ascii=False) + '\n')
                at += len(a)


if __name__ == '__main__':
    main()
