"""Writes test/fixtures/candle: one random language model as candle quantises it, in Q8_0 and in Q4_K, and transformers' answers on both.

    python -m venv v && v/bin/pip install torch transformers safetensors gguf
    v/bin/python tools/goldens/candle_gguf_case.py

gguf-py writes the files (GGUF version 2 without any metadata, as candle does) and decodes the blocks again; transformers runs the
decoded weights on the codes of test/fixtures/transformers. gguf-py has no quantiser for Q4_K, so a simple one is below.
"""

import json
import shutil
import struct
import sys
from pathlib import Path

import numpy as np
import torch
from gguf import GGMLQuantizationType, GGUFWriter, dequantize, quantize
from safetensors.torch import load_file, save_file
from transformers import KyutaiSpeechToTextConfig, KyutaiSpeechToTextForConditionalGeneration

FIXTURES = Path(__file__).resolve().parents[2] / "test" / "fixtures"
OUT = FIXTURES / "candle"
SEED = 1
SMALLEST_MARGIN = 0.05
M, H, F, K, CARD, V, W = 256, 4, 256, 4, 32, 64, 24
TYPES = {"model-q80.gguf": GGMLQuantizationType.Q8_0, "model-q4k.gguf": GGMLQuantizationType.Q4_K}


def main() -> None:
    torch.manual_seed(int(sys.argv[1]) if len(sys.argv) > 1 else SEED)
    model = KyutaiSpeechToTextForConditionalGeneration(
        KyutaiSpeechToTextConfig(
            vocab_size=V + 1, hidden_size=M, num_hidden_layers=1, num_attention_heads=H, sliding_window=W, ffn_dim=2 * F,
            num_codebooks=K, codebook_vocab_size=CARD + 1, audio_bos_token_id=CARD, audio_pad_token_id=V + 1 + K * (CARD + 1),
            bos_token_id=V, rope_parameters={"rope_type": "default", "rope_theta": 100_000.0},
            codec_config=dict(model_type="mimi", num_filters=4, hidden_size=32, num_hidden_layers=1, num_attention_heads=4,
                              num_key_value_heads=4, codebook_size=32, codebook_dim=16, num_quantizers=5, upsample_groups=32,
                              vector_quantization_hidden_dimension=16),
        )
    ).eval()
    weights = random_weights()
    codes = load_file(FIXTURES / "transformers" / "expected.safetensors")["codes"].long()
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir()
    answers = {}
    for name, kind in TYPES.items():
        decoded = write(OUT / name, weights, kind)
        load(model, decoded)
        with torch.no_grad():
            text, logits = run(model, codes)
        label = name.removeprefix("model-").removesuffix(".gguf")
        answers |= {f"{label}_text": text, f"{label}_logits": logits}
    save_file(answers, OUT / "expected.safetensors")
    config = dict(
        card=CARD, n_q=K, dep_q=0, delays=[0] * (K + 1), dim=M, text_card=V, existing_text_padding_id=3, num_heads=H, num_layers=1,
        hidden_scale=1.5 * F / M, causal=True, layer_scale=None, context=W, max_period=100_000.0, gating="silu", norm="rms_norm_f32",
        positional_embedding="rope", cross_attention=False, model_type="stt", moshi_name="model.safetensors",
        mimi_name="mimi-pytorch-e351c8d8@125.safetensors", tokenizer_name="tokenizer_en_fr_audio_8000.model",
        stt_config=dict(audio_silence_prefix_seconds=0.25, audio_delay_seconds=0.75),
    )
    (OUT / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    for file in sorted(OUT.iterdir()):
        print(f"{file.stat().st_size:8} {file.name}")


def random_weights() -> dict[str, np.ndarray]:
    def normal(*shape: int, gain: float = 1.5) -> np.ndarray:
        return (torch.randn(*shape) * gain / shape[-1] ** 0.5).numpy()

    layer = "transformer.layers.0."
    return {
        **{f"emb.{q}.weight": normal(CARD + 1, M, gain=16) for q in range(K)},
        "text_emb.weight": normal(V + 1, M, gain=16),
        "text_linear.weight": normal(V, M, gain=3),
        f"{layer}self_attn.in_proj_weight": normal(3 * M, M),
        f"{layer}self_attn.out_proj.weight": normal(M, M),
        f"{layer}gating.linear_in.weight": normal(2 * F, M),
        f"{layer}gating.linear_out.weight": normal(M, F),
        **{f"{name}.alpha": (torch.rand(1, 1, M) + 0.5).numpy() for name in (f"{layer}norm1", f"{layer}norm2", "out_norm")},
    }


def write(path: Path, weights: dict[str, np.ndarray], kind: GGMLQuantizationType) -> dict[str, np.ndarray]:
    writer = GGUFWriter(path, "none")
    for entries in writer.kv_data:
        entries.clear()
    decoded = {}
    for name, x in weights.items():
        if name.endswith(".alpha"):
            writer.add_tensor(name, x)
            decoded[name] = x
            continue
        blocks = q4_k(x) if kind == GGMLQuantizationType.Q4_K else quantize(x, kind)
        writer.add_tensor(name, blocks, raw_dtype=kind)
        decoded[name] = dequantize(blocks, kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    with open(path, "r+b") as file:
        file.seek(4)
        file.write(struct.pack("<I", 2))
    return decoded


def q4_k(x: np.ndarray) -> np.ndarray:
    """Q4_K: superblocks of 256 as [2] d, [2] dmin, [12] eight 6-bit scales and minima, [128] nibbles; x = d·scale·q − dmin·min."""
    blocks = x.reshape(-1, 8, 32)
    low = np.minimum(blocks.min(2), 0)
    step = (blocks.max(2) - low) / 15
    d, dmin = ((v.max(1) / 63).astype(np.float16) for v in (step, -low))
    scale, least = (
        np.clip(np.round(v / np.maximum(unit.astype(np.float32), 1e-12)[:, None]), 0, 63).astype(np.uint8)
        for v, unit in ((step, d), (-low, dmin))
    )
    per = np.maximum(d.astype(np.float32)[:, None] * scale, 1e-12)
    q = np.clip(np.round((blocks + (dmin.astype(np.float32)[:, None] * least)[..., None]) / per[..., None]), 0, 15).astype(np.uint8)
    packed = np.concatenate(
        [
            (scale[:, :4] & 63) | ((scale[:, 4:] >> 4) << 6),
            (least[:, :4] & 63) | ((least[:, 4:] >> 4) << 6),
            (scale[:, 4:] & 15) | ((least[:, 4:] & 15) << 4),
        ],
        axis=1,
    ).astype(np.uint8)
    pairs = q.reshape(-1, 4, 2, 32)
    nibbles = (pairs[:, :, 0] | (pairs[:, :, 1] << 4)).reshape(-1, 128)
    head = np.stack([d, dmin], axis=1).view(np.uint8)
    return np.concatenate([head, packed, nibbles], axis=1).reshape(x.shape[0], -1)


def load(model: KyutaiSpeechToTextForConditionalGeneration, weights: dict[str, np.ndarray]) -> None:
    w = {name: torch.from_numpy(np.array(x)) for name, x in weights.items()}
    layer, ours = model.model.layers[0], "transformer.layers.0."

    def halves(x: torch.Tensor) -> torch.Tensor:
        return x.view(H, M // H // 2, 2, M).transpose(1, 2).reshape(M, M)

    q, k, v = w[f"{ours}self_attn.in_proj_weight"].chunk(3)
    zero = torch.zeros(1, M)
    pairs = [
        (model.model.embed_tokens.embed_tokens, torch.cat([w["text_emb.weight"], *(w[f"emb.{q}.weight"] for q in range(K)), zero])),
        (model.lm_head, torch.cat([w["text_linear.weight"], zero])),
        (layer.self_attn.q_proj.linear, halves(q)),
        (layer.self_attn.k_proj.linear, halves(k)),
        (layer.self_attn.v_proj.linear, v),
        (layer.self_attn.o_proj.linear, w[f"{ours}self_attn.out_proj.weight"]),
        (layer.mlp.fc1, w[f"{ours}gating.linear_in.weight"]),
        (layer.mlp.fc2, w[f"{ours}gating.linear_out.weight"]),
        (layer.input_layernorm, w[f"{ours}norm1.alpha"].flatten()),
        (layer.post_attention_layernorm, w[f"{ours}norm2.alpha"].flatten()),
        (model.model.norm, w["out_norm.alpha"].flatten()),
    ]
    with torch.no_grad():
        for module, value in pairs:
            module.weight.copy_(value)


def run(model: KyutaiSpeechToTextForConditionalGeneration, codes: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    cache, token, tokens, logits = None, V, [], []
    for step in range(len(codes) + 1):
        row = codes[step - 1] if step > 0 else torch.full((K,), CARD)
        out = model(input_ids=torch.cat([torch.tensor([token]), row])[None, None], cache=cache, use_cache=True)
        cache, found = out.cache, out.logits[0, -1, :V]
        best = torch.topk(found, 2).values
        if best[0] - best[1] < SMALLEST_MARGIN:
            sys.exit(f"step {step}: the margin is {best[0] - best[1]:.4f}; choose another seed")
        token = int(found.argmax())
        tokens.append(token)
        logits.append(found)
    print(len(set(tokens)), "distinct tokens; logits", round(float(torch.stack(logits).std()), 2))
    return torch.tensor(tokens, dtype=torch.int32), torch.stack(logits).float().contiguous()


if __name__ == "__main__":
    main()
