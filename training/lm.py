"""The language model: Kyutai's delayed-streams transformer exactly, in a form for training, with its weights rounded to Q4_0 in the forward pass when asked."""
import math
import torch
import torch.nn.functional as F
from torch import nn
from codec import rope, window

DIM, LAYERS, HEADS, CONTEXT = 384, 6, 6, 250
HIDDEN = 2 * int(4.125 * DIM) // 3               # a multiple of 32, which rows of Q4_0 need
PERIOD = 100000.
PAD, START = 3, 0                                # nothing now; a word starts
DELAY = 5                                        # a word that starts at frame f is announced at step f + 5 (counted from 0), heard by then: frames up to f + 4
HORIZONS = (.5, 1., 2., 3.)


def q4_0(w):
    """ggml's rounding: blocks of 32 along the rows, the scale from the value that is largest in size."""
    b = w.detach().float().reshape(-1, 32)
    big = b.gather(1, b.abs().argmax(1, keepdim=True))
    d = big / -8
    q = torch.where(d != 0, (b / torch.where(d != 0, d, torch.ones_like(d)) + 8.5).floor().clamp(0, 15), torch.full_like(b, 8.))
    return ((q - 8) * d.half().float()).reshape(w.shape)


def through(w, on):
    return w + (q4_0(w) - w).detach() if on else w


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.Parameter(torch.ones(DIM)), nn.Parameter(torch.ones(DIM))
        w = lambda o, i, s=1.: nn.Parameter(torch.randn(o, i) * s / math.sqrt(i))
        self.qkv, self.out = w(3 * DIM, DIM), w(DIM, DIM, .3)
        self.up, self.down = w(2 * HIDDEN, DIM), w(DIM, HIDDEN, .3)

    def forward(self, x, mask, q4, drop):
        B, T, _ = x.shape
        q, k, v = F.linear(rms(x, self.norm1), through(self.qkv, q4)).view(B, T, 3, HEADS, -1).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(rope(q, PERIOD), rope(k, PERIOD), v, attn_mask=mask).transpose(1, 2).reshape(B, T, DIM)
        x = x + F.dropout(F.linear(y, through(self.out, q4)), drop)
        a, b = F.linear(rms(x, self.norm2), through(self.up, q4)).chunk(2, -1)
        return x + F.dropout(F.linear(F.silu(a) * b, through(self.down, q4)), drop)


def rms(x, alpha):
    y = x.float()
    return (y * alpha * torch.rsqrt(y.pow(2).mean(-1, keepdim=True) + 1e-8)).type_as(x)


class Lm(nn.Module):
    def __init__(self, text=2000, card=512, books=8):
        super().__init__()
        self.text, self.card, self.books = text, card, books
        self.emb = nn.Parameter(torch.randn(books, card + 1, DIM) * .05)
        self.text_emb = nn.Parameter(torch.randn(text + 1, DIM) * .1)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.norm = nn.Parameter(torch.ones(DIM))
        self.text_linear = nn.Parameter(torch.randn(text, DIM) / math.sqrt(DIM) * .5)
        self.pauses = nn.Parameter(torch.randn(len(HORIZONS), 6, DIM) * .01)

    def start_from(self, codec):
        """Audio embeddings that begin as the codebooks' own vectors, turned into the model's width."""
        g = torch.Generator().manual_seed(5)
        with torch.no_grad():
            for proj in range(2):
                turn = torch.linalg.qr(torch.randn(DIM, DIM, generator=g))[0][:, :codec.books[0].sum.shape[1]]
                for q in ([0] if proj == 0 else range(1, self.books)):
                    e = codec.books[q].entries()
                    self.emb[q, :self.card] = e @ turn.T / (e.std() * math.sqrt(8)) * .3

    def forward(self, codes, text, q4=False, drop=0.):
        """codes [B, T, books] and text [B, T] as fed (the first step: card and text) -> hidden [B, T, DIM]"""
        x = F.embedding(text, through(self.text_emb, q4))
        emb = through(self.emb, q4)
        for q in range(self.books):
            x = x + F.embedding(codes[..., q], emb[q])
        x = F.dropout(x, drop)
        mask = window(x.shape[1], CONTEXT)
        for m in self.layers:
            x = m(x, mask, q4, drop)
        return rms(x, self.norm)

    def heads(self, h, q4=False):
        return F.linear(h, through(self.text_linear, q4)), F.linear(h, through(self.pauses, q4).flatten(0, 1)).unflatten(-1, (len(HORIZONS), 6))

    def official(self):
        w = {f'emb.{q}.weight': self.emb[q] for q in range(self.books)}
        w |= {'text_emb.weight': self.text_emb, 'text_linear.weight': self.text_linear, 'out_norm.alpha': self.norm.view(1, 1, -1)}
        for i, m in enumerate(self.layers):
            p = f'transformer.layers.{i}.'
            w |= {p + 'self_attn.in_proj_weight': m.qkv, p + 'self_attn.out_proj.weight': m.out, p + 'gating.linear_in.weight': m.up, p + 'gating.linear_out.weight': m.down,
                  p + 'norm1.alpha': m.norm1.view(1, 1, -1), p + 'norm2.alpha': m.norm2.view(1, 1, -1)}
        w |= {f'extra_heads.{i}.weight': self.pauses[i] for i in range(len(HORIZONS))}
        return {k: v.detach().float().contiguous().clone() for k, v in w.items()}

    def config(self):
        return {'dim': DIM, 'text_card': self.text, 'existing_text_padding_id': PAD, 'n_q': self.books, 'dep_q': 0, 'card': self.card, 'num_heads': HEADS, 'num_layers': LAYERS,
                'hidden_scale': 4.125, 'causal': True, 'layer_scale': None, 'context': CONTEXT, 'max_period': PERIOD, 'gating': 'silu', 'norm': 'rms_norm_f32',
                'positional_embedding': 'rope', 'depformer_dim': 128, 'depformer_dim_feedforward': 528, 'depformer_num_heads': 4, 'depformer_num_layers': 1,
                'depformer_layer_scale': None, 'depformer_multi_linear': True, 'depformer_context': 8, 'depformer_max_period': 10000, 'depformer_gating': 'silu',
                'depformer_pos_emb': 'none', 'depformer_weights_per_step': True, 'delays': [0] * (self.books + 1), 'conditioners': {}, 'fuser': None,
                'extra_heads_num_heads': len(HORIZONS), 'extra_heads_dim': 6, 'model_type': 'stt', 'mimi_name': 'mimi.safetensors', 'mimi_config_name': 'mimi_config.json',
                'moshi_name': 'model.safetensors', 'tokenizer_name': 'tokenizer.model',
                'lm_gen_config': {'temp': 0., 'temp_text': 0., 'top_k': 250, 'top_k_text': 50},
                'stt_config': {'audio_delay_seconds': .5, 'audio_silence_prefix_seconds': 0.}, 'model_id': {'sig': 'demo', 'epoch': 1}}


def lay(words, pieces, steps):
    """Where the words' tokens go. A word that starts at frame f is announced (0) at step f + DELAY; its pieces follow without a gap, but not before the word has been heard
    to its end and one frame beyond, if there is room before the next word is due. words: [(word, start, end)] -> tokens of `steps` steps."""
    out, free = [PAD] * steps, 1
    due = [max(1, round(s * 12.5) + DELAY) for _, s, _ in words] + [10**9]
    for i, (w, s, e) in enumerate(words):
        p = pieces(w)
        zero = max(due[i], free)
        first = max(zero + 1, min(int(e * 12.5) + 2, due[i + 1] - len(p)))
        if first + len(p) >= steps:
            break
        out[zero] = START
        out[first:first + len(p)] = p
        free = first + len(p)
    return out


def pauses(words, steps, seconds):
    """For each step and horizon: 0 when what was heard last lies in a pause at least that long, else 1; -1 where the stream ends too soon to tell. [4, steps]"""
    import numpy as np
    out = np.full((len(HORIZONS), steps), 1, np.int8)
    edges = [0.] + [x for _, s, e in words for x in (s, e)] + [seconds]
    for a, b, last in zip(edges[::2], edges[1::2], [False] * len(words) + [True]):
        i, j = math.ceil(a * 12.5) + 1, min(steps, int(b * 12.5) + 1)
        for h, need in enumerate(HORIZONS):
            if b - a >= need:
                out[h, i:j] = 0
            elif last:
                out[h, i:j] = -1
    return out
