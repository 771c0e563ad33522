"""Turns composed streams into codes and tokens for the language model:  python encode.py FIRST LAST [STEP]  writes codes/NNNNN.npz for those numbers that are missing.

A file holds 48 streams of 40 s. The number is the seed. Files made with another codec are made again (the codec's step is in the file)."""
import os, sys, time
import numpy as np, sentencepiece, torch
from codec import Codec
from compose import Bank, Composer
from lm import lay, pauses
from paths import DATA, FRAME, RATE, register

SECONDS, STREAMS = 40., 48
STEPS = int(SECONDS * 12.5) + 1


def main():
    first, last = int(sys.argv[1]), int(sys.argv[2])
    step = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    torch.set_num_threads(1)
    ck = torch.load(DATA / 'codec.pt', weights_only=True)
    codec = Codec().eval()
    codec.load_state_dict(ck['codec'])
    sp = sentencepiece.SentencePieceProcessor(model_file=str(DATA / 'tokenizer.model'))
    (DATA / 'codes').mkdir(exist_ok=True)
    bank, loaded = Bank(), time.time()
    for n in range(first, last, step):
        path = DATA / 'codes' / f'{n:05d}.npz'
        if path.exists() and int(np.load(path)['codec']) == ck['step']:
            continue
        if time.time() - loaded > 900:
            bank, loaded = Bank(), time.time()
        t0, composer = time.time(), Composer(bank, 10**6 + n)
        codes, tokens, vad = [], [], []
        for k in range(0, STREAMS, 4):
            xs = []
            for _ in range(4):
                a, words, _ = composer.stream(SECONDS)
                xs.append(a)
                tokens.append(lay(words, sp.encode, STEPS))
                vad.append(pauses(words, STEPS, SECONDS))
            codes.append(codec.encode(torch.from_numpy(np.stack(xs))).to(torch.int16).numpy())
        tmp = path.with_suffix('.tmp.npz')
        np.savez(tmp, codes=np.concatenate(codes), tokens=np.array(tokens, np.int16), vad=np.array(vad), codec=ck['step'])
        os.replace(tmp, path)
        print(f'{n}: {STREAMS * SECONDS / (time.time() - t0):.0f}x', flush=True)


register()
main()
