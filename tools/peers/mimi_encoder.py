"""Mimi's encoder in PyTorch at its published shapes with random weights, whole windows at a time; docs/model.md describes it."""
import torch
from torch import nn
from torch.nn import functional as F

SAMPLE_RATE, FRAME = 24_000, 1920
FILTERS, STRIDES, DIM, HEADS, LAYERS, HIDDEN = 64, (4, 5, 6, 8), 512, 8, 8, 2048
LEVELS, BINS, CODE = 32, 2048, 256
CONTEXT, PERIOD = 250, 10_000.0


class CausalConv(nn.Module):
    """Sees k - s samples of the past: zeros, as where a stream starts."""

    def __init__(self, inputs, outputs, kernel, stride=1, bias=True):
        super().__init__()
        self.past = kernel - stride
        self.conv = nn.Conv1d(inputs, outputs, kernel, stride, bias=bias)

    def forward(self, x):
        return self.conv(F.pad(x, (self.past, 0)))


class Residual(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.narrow, self.widen = CausalConv(width, width // 2, 3), CausalConv(width // 2, width, 1)

    def forward(self, x):
        return x + self.widen(F.elu(self.narrow(F.elu(x))))


class Layer(nn.Module):
    def __init__(self, steps):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(DIM), nn.LayerNorm(DIM)
        self.qkv, self.out = nn.Linear(DIM, 3 * DIM, bias=False), nn.Linear(DIM, DIM, bias=False)
        self.up, self.down = nn.Linear(DIM, HIDDEN, bias=False), nn.Linear(HIDDEN, DIM, bias=False)
        self.scale1, self.scale2 = (nn.Parameter(torch.full((DIM,), 0.3)) for _ in range(2))
        width = DIM // HEADS
        at = torch.arange(steps)
        angles = at[:, None] * PERIOD ** (-torch.arange(width // 2) * 2 / width)
        age = at[:, None] - at[None, :]
        self.register_buffer("cos", torch.cos(angles).repeat(1, 2))
        self.register_buffer("sin", torch.sin(angles).repeat(1, 2))
        self.register_buffer("mask", torch.where((age >= 0) & (age < CONTEXT), 0.0, -1e9))

    def rotate(self, x):
        left, right = x.chunk(2, dim=-1)
        return x * self.cos + torch.cat((-right, left), dim=-1) * self.sin

    def forward(self, x):
        steps = x.shape[1]
        q, k, v = self.qkv(self.norm1(x)).reshape(1, steps, 3, HEADS, DIM // HEADS).permute(2, 0, 3, 1, 4).unbind(0)
        weights = self.rotate(q) @ self.rotate(k).transpose(-1, -2) * (DIM // HEADS) ** -0.5 + self.mask
        seen = (weights.softmax(-1) @ v).transpose(1, 2).reshape(1, steps, DIM)
        x = x + self.scale1 * self.out(seen)
        return x + self.scale2 * self.down(F.gelu(self.up(self.norm2(x))))


class Levels(nn.Module):
    """Residual quantisation: each level codes what the ones before it left."""

    def __init__(self, count):
        super().__init__()
        self.project = nn.Conv1d(DIM, CODE, 1, bias=False)
        self.books = nn.ParameterList(nn.Parameter(torch.randn(BINS, CODE) * 0.2 * 0.97**i) for i in range(count))
        self.halves = nn.ParameterList(nn.Parameter(book.detach().square().sum(1) / 2) for book in self.books)

    def forward(self, latent):
        left = self.project(latent)[0].transpose(0, 1)
        codes = []
        for book, half in zip(self.books, self.halves):
            nearest = (half - left @ book.t()).argmin(1)
            left = left - book[nearest]
            codes.append(nearest)
        return codes


class MimiEncoder(nn.Module):
    """[1, 1, frames * 1920] f32 to [levels, frames] i64."""

    def __init__(self, frames):
        super().__init__()
        width = FILTERS
        seanet = [CausalConv(1, width, 7)]
        for stride in STRIDES:
            seanet += [Residual(width), nn.ELU(), CausalConv(width, 2 * width, 2 * stride, stride)]
            width *= 2
        self.seanet = nn.Sequential(*seanet, nn.ELU(), CausalConv(width, DIM, 3))
        self.layers = nn.Sequential(*(Layer(2 * frames) for _ in range(LAYERS)))
        self.downsample = nn.Conv1d(DIM, DIM, 4, 2, bias=False)
        self.semantic, self.acoustic = Levels(1), Levels(LEVELS - 1)

    def forward(self, sound):
        x = self.layers(self.seanet(sound).transpose(1, 2)).transpose(1, 2)
        latent = self.downsample(F.pad(x, (2, 0), mode="replicate"))
        return torch.stack(self.semantic(latent) + self.acoustic(latent))


def random_encoder(frames):
    """The same weights every time."""
    torch.manual_seed(0)
    return MimiEncoder(frames).eval()
