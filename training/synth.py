"""Speaks the sentences:  python synth.py ENGINE LANG PART HOURS [--test]

Writes bank/ENGINE-LANG-PART.pcm (int16, 24 kHz) and .jsonl (text, words and phones with times, where the audio lies); goes on where it stopped.
With --test it speaks held_out.json with the held-out voices into test/ instead, each sentence once.
"""
import fcntl, json, random, sys, time
import numpy as np, soxr
from paths import DATA, HERE, RATE, register
import voices


def engine(name):
    return {'espeak': voices.Espeak, 'flite': voices.Flite, 'hibari': voices.Hibari, 'joe': voices.Joe,
            'kokoro': lambda: voices.Kokoro(DATA / 'kokoro-f32.onnx')}[name]()


def main():
    name, lang, part, hours = sys.argv[1:5]
    test = '--test' in sys.argv
    say = engine(name)
    folder = DATA / ('test' if test else 'bank')
    folder.mkdir(exist_ok=True)
    base = folder / f'{name}-{lang}-{part}'
    lock = open(base.with_suffix('.lock'), 'w')
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)      # two writers would spoil the times
    if test:
        held = json.load(open(HERE / 'held_out.json'))[lang]
        lines = [(kind, s) for kind in sorted(held) for s in held[kind]]
        base.with_suffix('.pcm').unlink(missing_ok=True)
        base.with_suffix('.jsonl').unlink(missing_ok=True)
    else:
        lines = [('', s.strip()) for s in open(DATA / f'sentences.{lang}.txt')]
        random.Random(f'{name} {lang} {part}').shuffle(lines)
    done = sum(1 for _ in open(base.with_suffix('.jsonl'))) if base.with_suffix('.jsonl').exists() else 0
    at = base.with_suffix('.pcm').stat().st_size // 2 if base.with_suffix('.pcm').exists() else 0
    tried = json.loads(open(base.with_suffix('.at')).read()) if base.with_suffix('.at').exists() and not test else 0
    lost, t0 = 0, time.time()
    with open(base.with_suffix('.pcm'), 'ab') as pcm, open(base.with_suffix('.jsonl'), 'a') as index:
        for i in range(tried, 10**9):
            if at / RATE / 3600 >= float(hours) or (test and i >= len(lines)):
                break
            kind, text = lines[i % len(lines)]
            rng = random.Random(f'{name} {lang} {part} {i} {test}')
            try:
                r = say.say(text, lang, rng, test)
            except Exception as e:                      # one sentence that a synthesiser cannot say is no reason to stop
                print('cannot say', repr(text), repr(e), flush=True)
                r = None
            if not r or not r[2] or len(r[0]) < r[1] * .3 or len(r[0]) > r[1] * 19:
                lost += 1
                continue
            a, rate, ws, ph, voice = r
            a = soxr.resample(np.asarray(a, np.float32), rate, RATE)
            a = (a / (np.abs(a).max() + 1e-6) * .5 * 32767).astype(np.int16)
            t = lambda xs: [(x, round(float(s), 3), round(float(e), 3)) for x, s, e in xs]
            pcm.write(a.tobytes())
            index.write(json.dumps(dict(at=at, n=len(a), lang=lang, voice=voice, kind=kind, text=text, words=t(ws), phones=t(ph)), ensure_ascii=False) + '\n')
            at += len(a)
            if i % 50 == 49:
                pcm.flush(); index.flush()
                open(base.with_suffix('.at'), 'w').write(str(i + 1))
                print(f'{name} {lang} {part}: {at / RATE / 3600:.2f} h, {lost} lost of {i + 1}, {time.time() - t0:.0f} s', flush=True)
    print('done', base.name, f'{at / RATE / 3600:.2f} h, {lost} lost', flush=True)


register()
main()
