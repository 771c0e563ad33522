"""Writes the checkpoint in the official layout:  python export.py FOLDER  (config.json, model.safetensors, mimi.safetensors, mimi_config.json, tokenizer.model).

The decoder half of Mimi was never trained; the official loader wants its tensors, so they are there as zeros."""
import json, shutil, sys
from pathlib import Path
import torch
from safetensors.torch import save_file
from codec import CONFIG, Codec
from lm import Lm
from paths import DATA


def main():
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    codec, model = Codec(), Lm()
    codec.load_state_dict(torch.load(DATA / 'codec.pt', weights_only=True)['codec'])
    model.load_state_dict(torch.load(DATA / 'lm.pt', weights_only=True)['lm'])
    save_file({k: v.bfloat16() for k, v in model.official().items()}, out / 'model.safetensors')
    json.dump(model.config(), open(out / 'config.json', 'w'), indent=1)
    json.dump(CONFIG, open(out / 'mimi_config.json', 'w'), indent=1)
    shutil.copy(DATA / 'tokenizer.model', out / 'tokenizer.model')
    ours = codec.official()
    from moshi.models import loaders
    whole = loaders.get_mimi(None, CONFIG, num_codebooks=CONFIG['quantizer']['n_q']).state_dict()
    old = lambda k: k.replace('in_projs.0.weight', 'in_proj_weight').replace('out_projs.0.weight', 'out_proj.weight')   # the names of the published files
    state = {old(k): torch.zeros_like(v) for k, v in whole.items()}
    for k, v in ours.items():
        assert state[k].shape == v.shape, (k, v.shape, state[k].shape)
    missing = [k for k in state if k.startswith(('encoder.', 'encoder_transformer.', 'downsample.')) and k not in ours]
    assert not missing, missing
    save_file({k: v.contiguous() for k, v in (state | ours).items()}, out / 'mimi.safetensors')
    print('language model', sum(v.numel() for v in model.official().values()), 'codec', sum(v.numel() for v in ours.values()))


main()
