"""The codec: Mimi's encoder exactly (../docs or the model's paper), small, with a form of its convolutions that is fast on processors with bf16 matrix units."""
import math
import torch
import torch.nn.functional as F
from torch import nn

CONFIG = {
    'sample_rate': 24000, 'channels': 1, 'frame_rate': 12.5,
    'seanet': {'channels': 1, 'dimension': 160, 'causal': True, 'n_filters': 16, 'n_residual_layers': 1, 'activation': 'ELU', 'compress': 2, 'dilation_base': 2,
               'disable_norm_outer_blocks': 0, 'kernel_size': 7, 'residual_kernel_size': 3, 'last_kernel_size': 3, 'norm': 'none', 'pad_mode': 'constant',
               'ratios': [8, 6, 5, 4], 'true_skip': True},
    'quantizer': {'dimension': 64, 'n_q': 8, 'bins': 512, 'input_dimension': 160, 'output_dimension': 160},
    'transformer': {'d_model': 160, 'num_heads': 5, 'num_layers': 4, 'causal': True, 'layer_scale': 0.01, 'context': 125, 'conv_layout': True, 'max_period': 10000,
                    'gating': 'none', 'norm': 'layer_norm', 'positional_embedding': 'rope', 'dim_feedforward': 640, 'input_dimension': 160, 'output_dimensions': [160]},
}


class WindowedLinear(torch.autograd.Function):
    """y[b, t] = W . x[b, t*s : t*s + k] + bias for x [B, T, C]: the windows are one overlapping view, copied once; the gradient adds them back in k/s steps."""

    @staticmethod
    def forward(ctx, x, w, bias, k, s):
        B, T, C = x.shape
        n = (T - k) // s + 1
        cols = x.contiguous().as_strided((B, n, k * C), (T * C, s * C, 1)).reshape(B * n, k * C)
        ctx.save_for_backward(cols, w)
        ctx.sizes = (B, T, C, n, k, s, bias is not None)
        y = cols @ w.t() if bias is None else torch.addmm(bias, cols, w.t())
        return y.view(B, n, -1)

    @staticmethod
    def backward(ctx, g):
        cols, w = ctx.saved_tensors
        B, T, C, n, k, s, biased = ctx.sizes
        g2 = g.reshape(B * n, -1)
        part = next(p for p in (6000, 4800, 3600, 2400, 1200, 600, 300, 150, 75, 50, 25, 10, 5, 2, 1) if (B * n) % p == 0)
        gw = torch.bmm(g2.view(-1, part, g2.shape[1]).transpose(1, 2), cols.view(-1, part, cols.shape[1])).float().sum(0)
        gb = (g2.new_ones(1, len(g2)) @ g2)[0].float() if biased else None
        gx = None
        if ctx.needs_input_grad[0]:
            d = g2 @ w
            if k == s:
                gx = d.view(B, T, C)
            else:
                d = d.view(B, n, k // s, s * C)
                m = n + k // s - 1
                gx = g.new_empty(B, m, s * C)
                gx[:, :n] = d[:, :, 0]
                gx[:, n:] = 0
                for j in range(1, k // s):
                    gx[:, j:j + n] += d[:, :, j]
                gx = gx.view(B, m * s, C)
        return gx, gw, gb, None, None


class Conv(nn.Module):
    """A causal convolution over [B, T, C]; the weight in the official shape [out, in, k]."""

    def __init__(self, i, o, k, s=1, bias=True, replicate=False):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(o, i, k) * math.sqrt(1.5 / (i * k)))
        self.bias = nn.Parameter(torch.zeros(o)) if bias else None
        self.k, self.s, self.replicate = k, s, replicate

    def forward(self, x):
        p = self.k - self.s
        if p:
            x = torch.cat([x[:, :1].expand(-1, p, -1), x], 1) if self.replicate else F.pad(x, (0, 0, p, 0))
        w, b = self.weight.transpose(1, 2).flatten(1), self.bias
        if torch.is_autocast_enabled('cpu'):
            x, w, b = x.bfloat16(), w.bfloat16(), None if b is None else b.bfloat16()
        return WindowedLinear.apply(x, w, b, self.k, self.s)


class Block(nn.Module):
    """A residual unit. The first one, at 24 kHz, costs as much to train as all else and gives little: it is left at zero, which is the identity."""

    def __init__(self, c, idle):
        super().__init__()
        self.a, self.b, self.idle = Conv(c, c // 2, 3), Conv(c // 2, c, 1), idle
        if idle:
            for p in self.parameters():
                p.requires_grad_(False).zero_()

    def forward(self, x):
        return x if self.idle else x + self.b(F.elu(self.a(F.elu(x))))


def rope(x, period):
    """Rotates neighbouring pairs: [B, H, T, D]."""
    D, T = x.shape[-1], x.shape[-2]
    f = torch.exp(torch.arange(D // 2, dtype=torch.float32) * (-math.log(period) * 2 / D))
    a = torch.arange(T, dtype=torch.float32)[:, None] * f
    c, s = a.cos(), a.sin()
    r, i = x.float().unflatten(-1, (D // 2, 2)).unbind(-1)
    return torch.stack([r * c - i * s, r * s + i * c], -1).flatten(-2).type_as(x)


def window(T, context):
    d = torch.arange(T)[:, None] - torch.arange(T)[None]
    return (d >= 0) & (d < context)


class Layer(nn.Module):
    def __init__(self, d, heads, ff):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(d), nn.LayerNorm(d)
        self.qkv, self.out = nn.Linear(d, 3 * d, bias=False), nn.Linear(d, d, bias=False)
        self.up, self.down = nn.Linear(d, ff, bias=False), nn.Linear(ff, d, bias=False)
        self.scale1, self.scale2 = nn.Parameter(torch.full((d,), .1)), nn.Parameter(torch.full((d,), .1))

    def forward(self, x, mask, period):
        B, T, d = x.shape
        q, k, v = self.qkv(self.norm1(x)).view(B, T, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(rope(q, period), rope(k, period), v, attn_mask=mask)
        x = x + self.scale1 * self.out(y.transpose(1, 2).reshape(B, T, d))
        return x + self.scale2 * self.down(F.gelu(self.up(self.norm2(x))))


class Codebook(nn.Module):
    """Entries follow the mean of what falls to them; unused ones are replaced."""

    def __init__(self, bins, d):
        super().__init__()
        self.register_buffer('usage', torch.ones(bins))
        self.register_buffer('sum', torch.zeros(bins, d))
        self.ready = False

    def entries(self):
        return self.sum / self.usage.clamp(min=1e-5)[:, None]

    def find(self, x):
        e = self.entries()
        return (e.pow(2).sum(1) - 2 * x @ e.T).argmin(1)

    @torch.no_grad()
    def learn(self, x, codes, reduce):
        n = torch.zeros_like(self.usage).index_add_(0, codes, torch.ones_like(codes, dtype=torch.float32))
        s = torch.zeros_like(self.sum).index_add_(0, codes, x)
        reduce([n, s])
        self.usage.mul_(.99).add_(n, alpha=.01)
        self.sum.mul_(.99).add_(s, alpha=.01)

    @torch.no_grad()
    def revive(self, x):
        """Entries that almost nothing falls to become samples of the batch."""
        mean = self.usage.mean()
        idle = (self.usage < .08 * mean).nonzero()[:, 0]
        pick = x[torch.randint(len(x), (len(idle),))]
        self.usage[idle] = mean
        self.sum[idle] = pick * mean


class Codec(nn.Module):
    def __init__(self, config=CONFIG):
        super().__init__()
        s, q, t = config['seanet'], config['quantizer'], config['transformer']
        self.config, c = config, s['n_filters']
        layers = [Conv(1, c, s['kernel_size'])]
        for r in reversed(s['ratios']):
            layers += [Block(c, len(layers) == 1), Conv(c, 2 * c, 2 * r, r)]
            c *= 2
        self.seanet = nn.ModuleList(layers)
        with torch.no_grad():            # speech is faint: without gain the first ELU would be a straight line
            layers[0].weight.mul_(8)
            layers[0].bias.uniform_(-.5, .5)
        d = s['dimension']
        self.last = Conv(c, d, s['last_kernel_size'])
        self.layers = nn.ModuleList(Layer(d, t['num_heads'], t['dim_feedforward']) for _ in range(t['num_layers']))
        self.down = Conv(d, d, 4, 2, bias=False, replicate=True)
        self.first_in, self.rest_in = nn.Linear(d, q['dimension'], bias=False), nn.Linear(d, q['dimension'], bias=False)
        self.books = nn.ModuleList(Codebook(q['bins'], q['dimension']) for _ in range(q['n_q']))

    def latent(self, pcm, early=False):
        """[B, samples] -> [B, frames, d]; with `early` also what the convolutions give, at 25 Hz"""
        x = pcm[..., None]
        for i, m in enumerate(self.seanet):
            x = m(F.elu(x) if i and isinstance(m, Conv) else x)
        x = y = self.last(F.elu(x))
        t = self.config['transformer']
        mask = window(x.shape[1], t['context'])
        for m in self.layers:
            x = m(x, mask, t['max_period'])
        return (self.down(x), y) if early else self.down(x)

    def quantise(self, z, learn=None, levels=None, revive=False):
        """Latent -> codes [B, T, n_q], and the quantised vectors (first, rest) with straight-through gradients."""
        codes, out = [], []
        flat_first, flat_rest = self.first_in(z).float().flatten(0, 1), self.rest_in(z).float().flatten(0, 1)
        loss = 0.
        for x, books in ((flat_first, self.books[:1]), (flat_rest, self.books[1:])):
            res, total = x.detach(), torch.zeros_like(x)
            for b in books[:levels] if levels else books:
                if learn and not b.ready:
                    with torch.no_grad():
                        if float(b.sum.abs().sum()) == 0:
                            b.sum.copy_(res[torch.randint(len(res), (len(b.usage),))])
                            learn([b.sum], 'copy')
                    b.ready = True
                i = b.find(res)
                e = b.entries()[i]
                if learn:
                    b.learn(res, i, learn)
                    if revive:
                        b.revive(res)
                res = res - e
                total = total + e
                codes.append(i)
            loss = loss + F.mse_loss(x, total)
            out.append((x + (total - x).detach()).view(*z.shape[:2], -1))
        return torch.stack(codes, 1).view(*z.shape[:2], -1), out, loss

    @torch.no_grad()
    def encode(self, pcm):
        with torch.autocast('cpu', torch.bfloat16):
            z = self.latent(pcm)
        return self.quantise(z.float())[0]

    def official(self):
        """The weights under their official names."""
        w = {}
        put = lambda name, m: w.update({name + '.conv.conv.weight': m.weight} | ({name + '.conv.conv.bias': m.bias} if m.bias is not None else {}))
        for i, m in enumerate(self.seanet):
            if isinstance(m, Block):
                at = 1 + 3 * (i // 2)
                put(f'encoder.model.{at}.block.1', m.a)
                put(f'encoder.model.{at}.block.3', m.b)
            else:
                put(f'encoder.model.{3 * (i // 2)}', m)
        put(f'encoder.model.{2 + 3 * len(self.config["seanet"]["ratios"])}', self.last)
        for i, m in enumerate(self.layers):
            p = f'encoder_transformer.transformer.layers.{i}.'
            w |= {p + 'self_attn.in_proj_weight': m.qkv.weight, p + 'self_attn.out_proj.weight': m.out.weight, p + 'linear1.weight': m.up.weight, p + 'linear2.weight': m.down.weight,
                  p + 'layer_scale_1.scale': m.scale1, p + 'layer_scale_2.scale': m.scale2}
            w |= {p + f'norm{j}.{n}': getattr(getattr(m, f'norm{j}'), n) for j in (1, 2) for n in ('weight', 'bias')}
        w['downsample.conv.conv.conv.weight'] = self.down.weight
        for name, proj, books in (('first', self.first_in, self.books[:1]), ('rest', self.rest_in, self.books[1:])):
            w[f'quantizer.rvq_{name}.input_proj.weight'] = proj.weight[..., None]
            for i, b in enumerate(books):
                p = f'quantizer.rvq_{name}.vq.layers.{i}._codebook.'
                w |= {p + '_initialized': torch.ones(1), p + 'cluster_usage': b.usage, p + 'embedding_sum': b.sum}
        return {k: v.detach().float().contiguous() for k, v in w.items()}
