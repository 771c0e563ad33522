"""Trains the language model on the files in codes/:  python train_lm.py STEPS  starts two processes and goes on where it stopped.

The last third of the steps rounds the weights to Q4_0 in the forward pass. Log: lm.log (loss on files 0 to 3, which are not trained on, every 250 steps); checkpoint: lm.pt.
"""
import math, os, sys, time
import numpy as np, torch
import torch.distributed as dist
import torch.nn.functional as F
from codec import Codec
from lm import Lm, PAD, START
from optimiser import Optimiser
from paths import DATA, register

WORLD, BATCH, HELD = 2, 4, 4
RATE = 1.2e-3


def files():
    return sorted((DATA / 'codes').glob('[0-9][0-9][0-9][0-9][0-9].npz'))


def load(path):
    z = np.load(path)
    return torch.from_numpy(z['codes'].astype(np.int64)), torch.from_numpy(z['tokens'].astype(np.int64)), torch.from_numpy(z['vad'].astype(np.int64))


def feed(codes, tokens, model):
    """What goes in: the start tokens, then the frame and the token of the step before."""
    B = len(codes)
    c = torch.cat([torch.full((B, 1, model.books), model.card), codes], 1)
    t = torch.cat([torch.full((B, 1), model.text), tokens[:, :-1]], 1)
    return c, t


def disturb(c, t, model):
    """A few wrong codes and wrong words, so that one mistake does not bring the next."""
    bad = (torch.rand(c.shape) < .04) & (c < model.card)
    c = torch.where(bad, torch.randint(0, model.card, c.shape), c)
    k = torch.rand(t.shape)
    word = (t > PAD) & (t < model.text)
    t = torch.where(word & (k < .04), torch.randint(4, model.text, t.shape), t)
    t = torch.where((word | (t == START)) & (k > .97), torch.full_like(t, PAD), t)
    return c, t


def losses(model, codes, tokens, vad, q4, train):
    c, t = feed(codes, tokens, model)
    if train:
        c, t = disturb(c, t, model)
    with torch.autocast('cpu', torch.bfloat16):
        h = model(c, t, q4, .08 if train else 0.)
        text, pause = model.heads(h, q4)
    weight = torch.where(tokens == PAD, .5, 1.)
    ce = F.cross_entropy(text.float().flatten(0, 1), tokens.flatten(), reduction='none').view_as(tokens)
    lt = (ce * weight).sum() / weight.sum()
    lv = F.cross_entropy(pause.float().transpose(1, 2).reshape(-1, 6), vad.flatten(), ignore_index=-1)
    return lt, lv, text, ce


@torch.no_grad()
def validate(model, q4):
    model.eval()
    n = right = starts = found = false = 0
    total = 0.
    for path in files()[:HELD]:
        codes, tokens, vad = load(path)
        for i in range(0, min(16, len(codes)), 8):
            lt, lv, text, ce = losses(model, codes[i:i + 8], tokens[i:i + 8], vad[i:i + 8], q4, False)
            best, want = text.argmax(-1), tokens[i:i + 8]
            word = want > PAD
            n += int(word.sum()); right += int(((best == want) & word).sum()); total += float(ce[word].sum())
            starts += int((want == START).sum()); found += int(((best == START) & (want == START)).sum())
            false += int(((best != PAD) & (want == PAD)).sum())
    model.train()
    return f'pieces right {right / max(1, n):.3f} loss {total / max(1, n):.3f} starts {found / max(1, starts):.3f} false {false / max(1, starts):.3f}'


def worker(rank, total):
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    os.environ.update(MASTER_ADDR='127.0.0.1', MASTER_PORT='29518')
    dist.init_process_group('gloo', rank=rank, world_size=WORLD)
    register()
    torch.manual_seed(1)
    model = Lm()
    opt = Optimiser(list(model.parameters()), [p for m in model.layers for p in m.parameters() if p.dim() > 1])
    step = 0
    if (DATA / 'lm.pt').exists():
        ck = torch.load(DATA / 'lm.pt', weights_only=True)
        model.load_state_dict(ck['lm']); opt.load_state_dict(ck['opt'])
        step = ck['step']
    else:
        codec = Codec()
        codec.load_state_dict(torch.load(DATA / 'codec.pt', weights_only=True)['codec'])
        model.start_from(codec)
    params = list(model.parameters())
    flat = torch.zeros(sum(p.numel() for p in params))
    rng = np.random.default_rng(step * WORLD + rank)
    torch.manual_seed(step * WORLD + rank)
    queue, t0, saved, seen, stats = [], time.time(), time.time(), step, np.zeros(3)
    while step < total:
        if not queue:                                # two files at a time, their streams mixed
            some = files()[HELD:]
            z = [load(some[k]) for k in rng.choice(len(some), min(2, len(some)), replace=False)]
            z = [torch.cat(x) for x in zip(*z)]
            queue = list(torch.randperm(len(z[0])).split(BATCH))
        idx = queue.pop()
        q4 = step > total * 2 // 3
        lr = RATE * min(1, (step + 1) / 150) * (.02 + .98 * .5 * (1 + math.cos(math.pi * min(1, step / total))))
        lt, lv, _, _ = losses(model, z[0][idx], z[1][idx], z[2][idx], q4, True)
        for p in params:
            p.grad = None
        (lt + .1 * lv).backward()
        at = 0
        for p in params:
            flat[at:at + p.numel()] = p.grad.flatten() if p.grad is not None else 0
            at += p.numel()
        dist.all_reduce(flat)
        flat /= WORLD
        norm = float(flat.norm())
        if math.isfinite(norm):
            at = 0
            for p in params:
                p.grad = (flat[at:at + p.numel()] * min(1, 1 / (norm + 1e-6))).view_as(p).clone()
                at += p.numel()
            opt.step(lr)
        step += 1
        stats += [lt.item(), lv.item(), norm]
        if step % 25 == 0 and rank == 0:
            s = stats / 25
            print(f'{step} text {s[0]:.4f} pauses {s[1]:.4f} norm {s[2]:.2f} lr {lr:.5f} files {len(files())} {(step - seen) / (time.time() - t0):.2f} steps/s {time.time() - t0:.0f} s', flush=True)
        if step % 25 == 0:
            stats[:] = 0
        if step % 250 == 0 and rank == 0:
            print(step, 'held-out streams:', validate(model, q4), flush=True)
        if (time.time() - saved > 600 or step == total) and rank == 0:
            torch.save({'lm': model.state_dict(), 'opt': opt.state_dict(), 'step': step}, DATA / 'lm.tmp')
            os.replace(DATA / 'lm.tmp', DATA / 'lm.pt')
            saved = time.time()


if __name__ == '__main__':
    torch.multiprocessing.spawn(worker, (int(sys.argv[1]),), WORLD)
