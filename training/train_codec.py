"""Trains the codec:  torchrun is not needed;  python train_codec.py STEPS  starts two processes, one for each core, and goes on where it stopped.

The quantised vectors must tell the phones around them (eight instants of 20 ms), whether a word begins or ends, and how a sentence ends; nothing is decoded to sound.
Log: codec.log; checkpoint: codec.pt (every ten minutes and at the end).
"""
import math, os, random, sys, time
import numpy as np, torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import nn
from codec import CONFIG, Codec
from compose import Bank, Composer
from optimiser import Optimiser
from paths import DATA, FRAME, RATE, register
from phones import PHONES

SECONDS, BATCH, WORLD = 4.0, 6, 2
LAGS = (1, 3, 5, 7, 9, 11, 13, 15)
FREE = 900                                       # steps before the codebooks come in


class Heads(nn.Module):
    def __init__(self, d=CONFIG['quantizer']['dimension']):
        super().__init__()
        n = len(LAGS) * len(PHONES)
        self.both = nn.Sequential(nn.Linear(2 * d, 256), nn.GELU(), nn.Linear(256, n + 2 + 4))
        self.first = nn.Linear(d, n)

    def forward(self, first, rest):
        y = self.both(torch.cat([first, rest], -1))
        n = len(LAGS) * len(PHONES)
        shape = (*y.shape[:2], len(LAGS), len(PHONES))
        return y[..., :n].view(shape), y[..., n:n + 2], y[..., n + 2:], self.first(first).view(shape)


class Spectrum(nn.Module):
    """Tells the log spectrum of the sound from the convolutions' output: teaches them to hear before they can tell phones. 40 bands, four instants in 40 ms."""

    def __init__(self, d=CONFIG['seanet']['dimension'], bands=40, n=512):
        super().__init__()
        self.out = nn.Linear(d, 4 * bands)
        mel = lambda f: 2595 * np.log10(1 + f / 700)
        edges = np.interp(np.linspace(mel(60), mel(8000), bands + 2), mel(np.linspace(0, 12000, 4001)), np.linspace(0, 12000, 4001))
        f = np.linspace(0, 12000, n // 2 + 1)
        w = np.clip(np.minimum((f[:, None] - edges[:-2]) / (edges[1:-1] - edges[:-2]), (edges[2:] - f[:, None]) / (edges[2:] - edges[1:-1])), 0, None)
        t = np.arange(n)
        turn = np.exp(-2j * np.pi * np.outer(t, np.arange(n // 2 + 1)) / n) * np.hanning(n)[:, None]
        self.register_buffer('mel', torch.tensor(w / (w.sum(0) + 1e-9), dtype=torch.float32), persistent=False)
        self.register_buffer('dft', torch.tensor(np.concatenate([turn.real, turn.imag], 1), dtype=torch.float32), persistent=False)

    def forward(self, pcm, y):
        with torch.no_grad():
            x = F.pad(pcm, (512 - 240, 0)).unfold(1, 512, 240) @ self.dft
            p = x[..., :257] ** 2 + x[..., 257:] ** 2
            want = ((p @ self.mel + 1e-5).log() + 4) / 4
            want = want.view(len(pcm), y.shape[1], -1)
        return F.mse_loss(self.out(y.float()), want)


def targets(words, phones, frames):
    ph = np.full((frames, len(LAGS)), -1, np.int64)
    for j, lag in enumerate(LAGS):
        k = (np.arange(frames) + 1) * 8 - lag
        ok = k >= 0
        ph[ok, j] = phones[k[ok]]
    edge, mark = np.zeros((frames, 2), np.float32), np.full(frames, -1, np.int64)
    for w, s, e in words:
        a, b = int(s * 12.5), int(e * 12.5)
        if a < frames:
            edge[a, 0] = 1
        if b < frames:
            edge[b, 1] = 1
        for f in range(b + 1, min(frames, b + 3)):
            mark[f] = {',': 1, '.': 2, '!': 2, '?': 3}.get(w[-1], 0)
    return ph, edge, mark


def batch(composer):
    frames = int(SECONDS * RATE) // FRAME
    xs, ts = [], []
    for _ in range(BATCH):
        a, w, p = composer.stream(SECONDS)
        xs.append(a[:frames * FRAME])
        ts.append(targets(w, p, frames))
    return torch.from_numpy(np.stack(xs)), *(torch.from_numpy(np.stack(t)) for t in zip(*ts))


def worker(rank, total):
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    os.environ.update(MASTER_ADDR='127.0.0.1', MASTER_PORT='29517')
    dist.init_process_group('gloo', rank=rank, world_size=WORLD)
    register()
    torch.manual_seed(1)
    codec, heads, spectrum = Codec(), Heads(), Spectrum()
    codec.seanet[0].requires_grad_(False)          # at 24 kHz gradients cost most: the sixteen filters of the first layer stay as they were drawn
    params = [p for m in (codec, heads, spectrum) for p in m.parameters() if p.requires_grad]
    opt = Optimiser(params, [p for p in codec.parameters() if p.requires_grad and p.dim() > 1])
    step = 0
    if (DATA / 'codec.pt').exists():
        ck = torch.load(DATA / 'codec.pt', weights_only=True)
        codec.load_state_dict(ck['codec']); heads.load_state_dict(ck['heads']); spectrum.load_state_dict(ck['spectrum']); opt.load_state_dict(ck['opt'])
        step = ck['step']
        for b in codec.books:
            b.ready = bool(b.sum.abs().sum() > 0)
    torch.manual_seed(step * 2 + rank)
    bank = Bank()
    if rank == 0:
        print('bank', bank.hours(), 'at step', step, flush=True)
    composer = Composer(bank, step * WORLD + rank)
    flat = torch.zeros(sum(p.numel() for p in params))

    def reduce(ts, how='sum'):
        for t in ts:
            if how == 'copy':
                dist.broadcast(t, 0)
            else:
                dist.all_reduce(t)

    t0, saved, loaded, seen, stats = time.time(), time.time(), time.time(), step, np.zeros(7)
    while step < total:
        lr = 2e-3 * min(1, (step + 1) / 60) * (.02 + .98 * .5 * (1 + math.cos(math.pi * min(1, step / total))))
        composer.hard = min(1, .1 + step / (total * .4))
        x, ph, edge, mark = batch(composer)
        with torch.autocast('cpu', torch.bfloat16):
            z, y = codec.latent(x, True)
        z = z.float()
        free = step < FREE
        if free:
            first, rest, vq = codec.first_in(z), codec.rest_in(z), 0.
        else:
            codes, (first, rest), vq = codec.quantise(z, reduce, random.Random(step).choice([None, None, None, 1, 3]), step % 10 == 0 and step < total * .8)
            if step % 10 == 0:
                for b in codec.books:
                    reduce([b.sum, b.usage], 'copy')
        p, e, m, f = heads(first, rest)
        loss_p = F.cross_entropy(p.flatten(0, 2), ph.flatten(), ignore_index=-1)
        loss_f = F.cross_entropy(f.flatten(0, 2), ph.flatten(), ignore_index=-1)
        loss_e = F.binary_cross_entropy_with_logits(e, edge)
        loss_m = F.cross_entropy(m.flatten(0, 1), mark.flatten(), ignore_index=-1) if (mark >= 0).any() else 0. * m.sum()
        loss_s = spectrum(x, y)
        loss = loss_p + max(.03, .5 * (1 - step / 2000)) * loss_s + .3 * loss_f + .5 * loss_e + .1 * loss_m + .1 * vq
        for q in params:
            q.grad = None
        loss.backward()
        at = 0
        for q in params:
            n = q.numel()
            flat[at:at + n] = q.grad.flatten() if q.grad is not None else 0
            at += n
        dist.all_reduce(flat)
        flat /= WORLD
        norm = float(flat.norm())
        if math.isfinite(norm):
            at = 0
            for q in params:
                n = q.numel()
                q.grad = (flat[at:at + n] * min(1, 1 / (norm + 1e-6))).view_as(q).clone()
                at += n
            opt.step(lr)
        step += 1
        with torch.no_grad():
            said = ph[..., 0] > 0
            right = (p[..., 2, :].argmax(-1) == ph[..., 2])[ph[..., 2] > 0]
            stats += [loss_p.item(), loss_f.item(), loss_e.item(), float(loss_m.detach()), float(right.float().mean()) if len(right) else 0, norm, loss_s.item()]
        if step % 50 == 0 and rank == 0:
            used = [int((b.usage > .1 * b.usage.mean()).sum()) for b in codec.books]
            s = stats / 50
            print(f'{step} phones {s[0]:.3f} first {s[1]:.3f} edges {s[2]:.3f} marks {s[3]:.3f} phone right {s[4]:.3f} norm {s[5]:.2f} spectrum {s[6]:.3f} lr {lr:.5f} used {used} '
                  f'{(step - seen) * SECONDS * BATCH * WORLD / (time.time() - t0):.0f}x {time.time() - t0:.0f} s', flush=True)
        if step % 50 == 0:
            stats[:] = 0
        if (step % 20 == 0 and time.time() - saved > 600 or step == total) and rank == 0:
            torch.save({'codec': codec.state_dict(), 'heads': heads.state_dict(), 'spectrum': spectrum.state_dict(), 'opt': opt.state_dict(), 'step': step}, DATA / 'codec.tmp')
            os.replace(DATA / 'codec.tmp', DATA / 'codec.pt')
            saved = time.time()
        if time.time() - loaded > 1200:               # the bank may have grown
            bank = Bank()
            composer.bank, loaded = bank, time.time()


if __name__ == '__main__':
    torch.multiprocessing.spawn(worker, (int(sys.argv[1]),), WORLD)
