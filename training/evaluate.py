"""Word error rates on the held-out sets:  python evaluate.py FOLDER [--q4] [--only SET] [--baseline]  (FOLDER: a checkpoint in the official layout)

The model runs step by step as the product does: official Mimi and language model, streaming, greedy, one second and a half of silence at the end.
Sets: every file in test/ with clean sound and with noise at 20 and 10 dB, the people's recordings (humans.py) and sounds that are no speech. --baseline runs pocketsphinx on the English ones instead.
"""
import json, re, subprocess, sys, tempfile, time
from pathlib import Path
import numpy as np, soundfile as sf, soxr, torch
from compose import coloured, music
from paths import DATA, FRAME, RATE
from lm import q4_0


def words(s):
    s = s.lower().replace('’', "'").replace('-', ' ')
    return re.findall(r"[\w']+", s)


def errors(ref, hyp):
    d = np.arange(len(hyp) + 1)
    for i, r in enumerate(ref, 1):
        p, d[0] = d[0], i
        for j, h in enumerate(hyp, 1):
            p, d[j] = d[j], min(d[j] + 1, d[j - 1] + 1, p + (r != h))
    return int(d[-1])


class Official:
    """The official implementation, streaming."""

    def __init__(self, folder, q4):
        from moshi.models import loaders
        from safetensors.torch import load_file
        folder = Path(folder)
        conf = json.load(open(folder / 'config.json'))
        self.mimi = loaders.get_mimi(None, json.load(open(folder / conf['mimi_config_name'])), num_codebooks=conf['n_q'])
        lost = self.mimi.load_state_dict(load_file(folder / conf['mimi_name']), strict=False).missing_keys
        assert all(k.startswith(('decoder', 'upsample', 'quantizer.rvq_first.output', 'quantizer.rvq_rest.output')) for k in lost), lost
        kw = {k: v for k, v in conf.items() if not k.endswith('_name') and k not in ('model_type', 'lm_gen_config', 'stt_config', 'model_id', 'conditioners', 'fuser')}
        w = {k: v.float() for k, v in load_file(folder / conf['moshi_name']).items()}
        if q4:
            w = {k: v if 'alpha' in k else q4_0(v) for k, v in w.items()}
        self.lm = loaders.get_moshi_lm(None, lm_kwargs=kw, device='cpu', dtype=torch.float32)
        self.lm.load_state_dict(w)
        self.conf = conf
        import sentencepiece
        self.sp = sentencepiece.SentencePieceProcessor(model_file=str(folder / conf['tokenizer_name']))
        self.gen = None

    @torch.no_grad()
    def codes(self, batch):
        """[B, samples] -> [B, n_q, frames], streaming"""
        out = []
        with self.mimi.streaming(len(batch)):
            for i in range(0, batch.shape[1] - FRAME + 1, FRAME):
                out.append(self.mimi.encode(batch[:, None, i:i + FRAME]))
        return torch.cat(out, 2)

    @torch.no_grad()
    def run(self, batch):
        """-> tokens [B, steps] by the `lag` rule: step 0 hears nothing, step k hears frame k - 1"""
        codes = self.codes(batch)
        B, Q, F = codes.shape
        text = torch.full((B, 1, 1), self.conf['text_card'])
        out = []
        with self.lm.streaming(B):
            for k in range(F + 1):
                audio = torch.full((B, Q, 1), self.conf['card']) if k == 0 else codes[:, :, k - 1:k]
                h, logits = self.lm.forward_text(torch.cat([text, audio], 1))
                text = logits[:, 0, -1:].argmax(-1)[:, None] if logits.dim() == 4 else logits[:, -1:].argmax(-1)[:, None]
                out.append(text[:, 0, 0])
        return torch.stack(out, 1)

    def transcribe(self, tokens):
        """-> [(text, start in seconds)]"""
        out, cur, start = [], [], 0.
        for k, t in enumerate(tokens.tolist()):
            if t in (0, 3):
                if cur:
                    out.append((self.sp.decode(cur), start))
                    cur = []
                if t == 0:
                    start = max(0., (k + 1 - 6) / 12.5)
            else:
                cur.append(t)
        if cur:
            out.append((self.sp.decode(cur), start))
        return out


def clips():
    """{set: [(audio, text, lang, words or None)]}"""
    sets, nr = {}, np.random.default_rng(7)
    for index in sorted((DATA / 'test').glob('*.jsonl')):
        pcm = np.memmap(index.with_suffix('.pcm'), np.int16, 'r')
        name = '-'.join(index.stem.split('-')[:2])
        for line in open(index):
            d = json.loads(line)
            a = pcm[d['at']:d['at'] + d['n']].astype(np.float32) / 32768
            sets.setdefault(name, []).append((a, d['text'], d['lang'], d['words']))
            for db in (20, 10):
                if name.split('-')[0] in ('hibari', 'kokoro'):
                    noise = coloured(len(a), 1, nr) * np.sqrt(np.mean(a ** 2)) * 10 ** (-db / 20)
                    sets.setdefault(f'{name}, noise {db} dB', []).append(((a + noise).astype(np.float32), d['text'], d['lang'], None))
    people = DATA / 'people' / 'test.json'
    if people.exists():
        for d in json.load(open(people)):
            a, r = sf.read(DATA / 'people' / d['file'], dtype='float32')
            sets.setdefault(d['set'], []).append((soxr.resample(a, r, RATE) if r != RATE else a, d['text'], d['lang'], None))
    return sets


def no_speech():
    import random
    nr, rng, n = np.random.default_rng(3), random.Random(3), RATE * 60
    yield 'silence', [np.zeros(n, np.float32)]
    yield 'noise', [coloured(n, s, nr) * g for s in (0, 1, 2) for g in (.003, .03)]
    yield 'music', [music(n, rng, nr) * .1 for _ in range(4)]
    beep = np.sin(2 * np.pi * 440 * np.arange(n) / RATE) * (np.arange(n) % RATE < RATE // 3) * .2
    yield 'beeps', [beep.astype(np.float32)]


def batches(items, size=24):
    order = sorted(range(len(items)), key=lambda i: len(items[i][0]))
    for i in range(0, len(order), size):
        yield [items[j] for j in order[i:i + size]]


def main():
    torch.set_num_threads(1)
    folder, only = sys.argv[1], sys.argv[sys.argv.index('--only') + 1] if '--only' in sys.argv else ''
    model = Official(folder, '--q4' in sys.argv)
    result = {}
    for name, items in sorted(clips().items()):
        if only not in name:
            continue
        wrong = count = 0
        delays = []
        for group in batches(items):
            n = (max(len(g[0]) for g in group) // FRAME + 1 + 19) * FRAME
            x = torch.zeros(len(group), n)
            for i, g in enumerate(group):
                x[i, :len(g[0])] = torch.from_numpy(g[0])
            for g, tokens in zip(group, model.run(x)):
                heard = model.transcribe(tokens)
                ref, hyp = words(g[1]), words(' '.join(w for w, _ in heard))
                wrong += errors(ref, hyp)
                count += len(ref)
                text = [k for k, t in enumerate(tokens.tolist()) if t > 3]
                if g[3] and text:
                    delays.append(text[0] * .08 - g[3][0][1])
                if '--show' in sys.argv:
                    print(f'  {g[1]!r} -> {" ".join(w for w, _ in heard)!r}')
        result[name] = dict(clips=len(items), words=count, wer=round(100 * wrong / count, 1), delay=round(float(np.median(delays)), 2) if delays else None)
        print(name, result[name], flush=True)
    if not only:
        for name, sounds in no_speech():
            heard = [w for s in sounds for t in model.run(torch.from_numpy(s)[None]) for w in model.transcribe(t)]
            minutes = sum(len(s) for s in sounds) / RATE / 60
            result['no speech: ' + name] = dict(minutes=minutes, words_a_minute=round(len(heard) / minutes, 2))
            print(name, result['no speech: ' + name], flush=True)
    out = DATA / f'results-{Path(folder).name}{"-q4" if "--q4" in sys.argv else ""}.json'
    json.dump(result, open(out, 'w'), indent=1)


def baseline():
    """pocketsphinx with its own English model."""
    for name, items in sorted(clips().items()):
        items = [i for i in items if i[2] == 'en']
        wrong = count = 0
        for a, text, _, _ in items:
            with tempfile.NamedTemporaryFile(suffix='.wav') as f:
                sf.write(f.name, soxr.resample(a, RATE, 16000), 16000)
                r = subprocess.run(['pocketsphinx_continuous', '-infile', f.name, '-logfn', '/dev/null'], capture_output=True, text=True)
            wrong += errors(words(text), words(r.stdout))
            count += len(words(text))
        if items:
            print(name, len(items), count, round(100 * wrong / count, 1), flush=True)


if __name__ == '__main__':
    baseline() if '--baseline' in sys.argv else main()
