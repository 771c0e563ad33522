"""Keeps the trained codec in the repository, so that hours are not spent again to train the language model on it.

python keep.py SAVE|RESTORE: codec.safetensors here (f16, codebooks f32) from $TRAIN_DATA/codec.pt, or the other way round. A restored
codec has no heads and no optimiser: it encodes, and is not trained further.
"""
import sys
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from codec import Codec
from paths import DATA, HERE

KEPT = HERE / 'codec.safetensors'


def save():
    ck = torch.load(DATA / 'codec.pt', weights_only=True)
    small = {k: v if k.startswith('books.') or v.dim() < 2 else v.half() for k, v in ck['codec'].items()}
    save_file({k: v.contiguous() for k, v in small.items()}, KEPT, {'step': str(ck['step'])})


def restore():
    with safe_open(KEPT, 'pt') as f:
        codec, step = {k: f.get_tensor(k).float() for k in f.keys()}, int(f.metadata()['step'])
    Codec().load_state_dict(codec)                   # complete, and of these dimensions
    torch.save({'codec': codec, 'step': step}, DATA / 'codec.pt')
    print('restored the codec of step', step)


{'SAVE': save, 'RESTORE': restore}[sys.argv[1]]()
