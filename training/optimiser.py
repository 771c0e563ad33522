"""Muon for matrices, AdamW for the rest. Muon's step is the nearest matrix with equal singular values, so layers of any width move at one pace;
with AdamW the wide convolutions ran into saturation."""
import torch


def orthogonal(g, steps=5):
    x = g.bfloat16()
    tall = x.shape[0] > x.shape[1]
    x = x.T if tall else x
    x = x / (x.norm() + 1e-7)
    for _ in range(steps):                              # Newton-Schulz, the quintic of Jordan et al.
        a = x @ x.T
        x = 3.4445 * x + (-4.7750 * a + 2.0315 * a @ a) @ x
    return (x.T if tall else x).float()


class Optimiser:
    def __init__(self, params, matrices, decay=.05):
        chosen = {id(p) for p in matrices}
        self.matrices, self.decay = list(matrices), decay
        self.moment = [torch.zeros(p.shape[0], p.numel() // p.shape[0]) for p in self.matrices]
        rest = [p for p in params if id(p) not in chosen]
        self.adam = torch.optim.AdamW(rest, lr=1e-3, betas=(.9, .98), weight_decay=0.)

    @torch.no_grad()
    def step(self, lr):
        for p, m in zip(self.matrices, self.moment):
            g = p.grad.view_as(m)
            m.lerp_(g, .05)
            u = orthogonal(g.lerp(m, .95))
            p.mul_(1 - lr * self.decay)
            p.sub_((u * (.2 * max(m.shape) ** .5 * lr)).view_as(p))
        for group in self.adam.param_groups:
            group['lr'] = lr
        self.adam.step()

    def state_dict(self):
        return {'moment': self.moment, 'adam': self.adam.state_dict()}

    def load_state_dict(self, s):
        for m, x in zip(self.moment, s['moment']):
            m.copy_(x)
        self.adam.load_state_dict(s['adam'])
