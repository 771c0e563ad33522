"""Endless streams out of the bank: several speakers, pauses, rooms, noise, music, telephones, silence; with the words and phones that are heard."""
import json, random
import numpy as np, soxr
from scipy import signal
from paths import DATA, RATE
from phones import ID

WEIGHTS = {'en': {'espeak': .22, 'flite': .08, 'joe': .32, 'kokoro': .33, 'human': .05, 'pico': .05}, 'fr': {'espeak': .40, 'kokoro': .50, 'human': .05, 'pico': .08}}
# how far a voice may be moved by resampling (pitch and vocal tract together): below 1 is a smaller speaker
WARP = {'joe': (.78, 1.08), 'kokoro': (.92, 1.28), 'espeak': (.88, 1.14), 'flite': (.84, 1.14), 'human': (.88, 1.14), 'pico': (.85, 1.2)}


class Bank:
    def __init__(self, folder='bank'):
        self.items, self.pcm = {}, {}
        for index in sorted((DATA / folder).glob('*.jsonl')):
            engine, lang, _ = index.stem.split('-', 2)
            if index.with_suffix('.pcm').stat().st_size < 2 * RATE:
                continue
            pcm = np.memmap(index.with_suffix('.pcm'), np.int16, 'r')
            got = self.items.setdefault(lang, {}).setdefault(engine, [])
            for line in open(index):
                if not line.endswith('\n'):
                    break
                d = json.loads(line)
                if d['at'] + d['n'] > len(pcm):
                    break
                ph = d['phones']
                got.append((pcm, d['at'], d['n'], d['words'], np.array([ID[p] for p, _, _ in ph], np.int16),
                            np.array([[s, e] for _, s, e in ph], np.float32).reshape(-1, 2), engine, d))
        self.items = {lang: {e: v for e, v in d.items() if v} for lang, d in self.items.items()}

    def pick(self, lang, rng):
        engines = self.items[lang]
        e = rng.choices(list(engines), [WEIGHTS[lang].get(k, .05) for k in engines])[0]
        return rng.choice(engines[e])

    def hours(self):
        return {f'{e}-{lang}': round(sum(i[2] for i in v) / RATE / 3600, 2) for lang, d in self.items.items() for e, v in d.items()}


def coloured(n, slope, nr):
    """Noise whose power falls by 10*slope dB a decade."""
    f = np.fft.rfft(nr.standard_normal(n).astype(np.float32))
    f *= np.maximum(np.arange(len(f)), 1).astype(np.float32) ** (-slope / 2)
    a = np.fft.irfft(f, n).astype(np.float32)
    return a / (a.std() + 1e-9)


def music(n, rng, nr):
    """Chords of decaying harmonics over a beat."""
    a = np.zeros(n, np.float32)
    beat = int(RATE * rng.uniform(.18, .6))
    base = rng.uniform(90, 260)
    for at in range(0, n - 100, beat):
        for step in rng.sample([0, 3, 4, 5, 7, 9, 12, 16], rng.randint(1, 3)):
            f = base * 2 ** ((step + rng.choice([0, 0, 5, 7])) / 12)
            m = min(n - at, int(beat * rng.uniform(.8, 2.5)))
            t = np.arange(m, dtype=np.float32) / RATE
            h = sum(np.sin(2 * np.pi * f * k * t + k) / k ** rng.uniform(1, 2) for k in range(1, rng.randint(2, 6)))
            a[at:at + m] += h * np.exp(-t * rng.uniform(1, 8)) * np.minimum(1, t * 200)
        if rng.random() < .5:
            m = min(n - at, 2400)
            a[at:at + m] += nr.standard_normal(m).astype(np.float32) * np.exp(-np.arange(m) / 400) * rng.uniform(.2, 1)
    return a / (a.std() + 1e-9)


class Composer:
    def __init__(self, bank, seed):
        self.bank, self.rng = bank, random.Random(seed)
        self.hard = 1.                                    # 0: clean speech; 1: everything. Training begins with easy streams
        self.nr = np.random.default_rng(self.rng.randrange(1 << 31))
        n = RATE * 40
        self.pool = [coloured(n, s, self.nr) for s in (0, .5, 1, 1, 1.5, 2)] + [music(n, self.rng, self.nr) for _ in range(4)]
        self.calm = len(self.pool) - 4

    def noise(self, n, kinds=None):
        a = self.pool[self.rng.randrange(kinds or len(self.pool))]
        k = self.rng.randrange(len(a))
        a = np.resize(np.roll(a, -k), n) if n > len(a) - k else a[k:k + n].copy()
        if self.rng.random() < .4:                        # comes and goes
            m = max(2, n // 6000)
            a *= np.interp(np.arange(n), np.linspace(0, n, m), self.nr.uniform(0, 1.6, m)).astype(np.float32)
        return a

    def babble(self, n):
        a = np.zeros(n, np.float32)
        for _ in range(self.rng.randint(3, 7)):
            pcm, at, m, *_ = self.bank.pick(self.rng.choice(list(self.bank.items)), self.rng)
            x = pcm[at:at + m].astype(np.float32)
            k = self.rng.randrange(n)
            m = min(m, n - k)
            a[k:k + m] += x[:m] / (x.std() + 1e-6)
        return a / (a.std() + 1e-9)

    def utterance(self, lang):
        pcm, at, n, words, ids, times, engine, _ = self.bank.pick(lang, self.rng)
        lo, hi = WARP[engine]
        f = self.rng.uniform(lo, hi)
        a = soxr.resample(pcm[at:at + n].astype(np.float32) / 32768, RATE * f, RATE, quality='LQ')
        return a * self.rng.uniform(.35, 1), [(w, s / f, e / f) for w, s, e in words], ids, times / f

    def filter(self, a):
        """Microphone and room: one response for the whole stream."""
        rng, ir = self.rng, np.zeros(1, np.float32)
        ir[0] = 1
        if rng.random() < .7:
            gains = [rng.uniform(-7, 7) for _ in range(7)]
            g = 10 ** (np.interp(np.linspace(0, 1, 65), np.linspace(0, 1, 7) ** 2, gains) / 20)
            ir = signal.firwin2(129, np.linspace(0, 1, 65), g).astype(np.float32)[40:]
        if rng.random() < .4:
            t60 = rng.uniform(.08, .6)
            n = int(t60 * RATE)
            tail = self.nr.standard_normal(n).astype(np.float32) * 10 ** (-3 * np.arange(n) / n) * rng.uniform(.01, .07)
            tail[:int(RATE * .002)] = 0
            tail[0] = 1
            ir = signal.fftconvolve(ir, tail)
        if len(ir) > 1:
            a = signal.fftconvolve(a, ir)[:len(a)]
        k = rng.random()
        if k < .15:
            a = signal.sosfilt(signal.butter(4, [rng.uniform(150, 350), rng.uniform(3200, 3900)], 'band', fs=RATE, output='sos'), a)
        elif k < .4:
            a = signal.sosfilt(signal.butter(5, rng.uniform(4000, 9000), fs=RATE, output='sos'), a)
        if rng.random() < .3:
            a = signal.sosfilt(signal.butter(2, rng.uniform(60, 250), 'high', fs=RATE, output='sos'), a)
        return a.astype(np.float32)

    def stream(self, seconds):
        """-> audio, words [(word, start, end)], phone of every 10 ms (int16, 0 is silence, -1 unknown)."""
        rng, n = self.rng, int(seconds * RATE)
        a, words = np.zeros(n, np.float32), []
        phones = np.zeros(int(seconds * 100), np.int16)
        if rng.random() > .06:                            # else a stream without speech
            lang = rng.choice(list(self.bank.items))
            t = rng.choice([0, rng.uniform(0, .5), rng.uniform(0, 3)])
            while t < seconds - .4:
                if rng.random() < .12:
                    lang = rng.choice(list(self.bank.items))
                u, ws, ids, times = self.utterance(lang)
                at = int(t * RATE)
                m = min(len(u), n - at)
                a[at:at + m] += u[:m]
                t0 = at / RATE
                words += [(w, t0 + s, t0 + e) for w, s, e in ws if t0 + e < seconds]
                for p, (s, e) in zip(ids, times):
                    phones[round((t0 + s) * 100):round((t0 + e) * 100)] = p
                k = rng.random()
                t = t0 + len(u) / RATE + (rng.uniform(0, .4) if k < .6 else rng.uniform(.4, 2) if k < .9 else rng.uniform(2, 7))
            if rng.random() < .25:                        # breaths and knocks between the words
                for _ in range(rng.randint(1, 4)):
                    k, m = rng.randrange(n), int(RATE * rng.uniform(.02, .5))
                    m = min(m, n - k)
                    a[k:k + m] += self.noise(m, self.calm)[:m] * np.hanning(m).astype(np.float32) * rng.uniform(.002, .05)
            if rng.random() < self.hard:
                a = self.filter(a)
        level = np.sqrt(np.mean(a ** 2)) + 1e-6 if words else .05
        k = rng.random() if rng.random() < self.hard else 1
        if k < .65:
            snr = rng.uniform(3 + 15 * (1 - self.hard), 35) if words else rng.uniform(0, 40)
            bed = self.babble(n) if rng.random() < .15 and words else self.noise(n)
            if bed is not None:
                a = a + bed * level * 10 ** (-snr / 20)
        elif k < .75:
            a = a + self.noise(n, self.calm) * 10 ** rng.uniform(-4.5, -3)
        a = a * (10 ** rng.uniform(-1.3, 0) * .9 / (np.abs(a).max() + 1e-5)) if rng.random() < .9 else np.clip(a * 1.5 / (np.abs(a).max() + 1e-5), -.9, .9)
        if rng.random() < .08 * self.hard:                # mu-law
            a = np.sign(a) * np.log1p(255 * np.abs(a)) / np.log(256)
            a = np.round(a * 127) / 127
            a = np.sign(a) * (256 ** np.abs(a) - 1) / 255
        if not words and rng.random() < .3:
            a = a * 0
        return a.astype(np.float32), words, phones
