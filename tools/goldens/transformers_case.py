"""Writes test/fixtures/transformers: a tiny random checkpoint by transformers' own save_pretrained, and its own answers.

    python -m venv v && v/bin/pip install torch transformers protobuf sentencepiece safetensors
    v/bin/python tools/goldens/transformers_case.py

`codes` are those of the codec in one call, `text` and `logits` those of the language model's forward pass with a cache, one step per
frame after the initial one. The window of the language model is shorter than the clip; the codec's is longer, because an
offline call and a stream differ only once that window is full.
"""

import json
import shutil
import sys
import tempfile
import wave
from pathlib import Path

import numpy as np
import torch
import transformers
from safetensors.torch import save_file
from transformers import (
    KyutaiSpeechToTextConfig,
    KyutaiSpeechToTextFeatureExtractor,
    KyutaiSpeechToTextForConditionalGeneration,
    PreTrainedTokenizerFast,
)
from transformers.convert_slow_tokenizer import MoshiConverter, import_protobuf

FIXTURES = Path(__file__).resolve().parents[2] / "test" / "fixtures"
OUT = FIXTURES / "transformers"
FRAMES = 40
TEXT_CARD = 320
SMALLEST_MARGIN = 0.01
SEED = 8

CONFIG = dict(
    vocab_size=TEXT_CARD + 1,
    hidden_size=64,
    num_hidden_layers=2,
    num_attention_heads=4,
    sliding_window=24,
    ffn_dim=160,
    num_codebooks=4,
    codebook_vocab_size=33,
    audio_bos_token_id=32,
    audio_pad_token_id=TEXT_CARD + 1 + 4 * 33,
    bos_token_id=TEXT_CARD,
    pad_token_id=3,
    rope_parameters={"rope_type": "default", "rope_theta": 50_000.0},
    codec_config=dict(
        model_type="mimi",
        num_filters=4,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=4,
        intermediate_size=48,
        codebook_size=32,
        codebook_dim=16,
        vector_quantization_hidden_dimension=16,
        num_quantizers=5,
        sliding_window=90,
        upsample_groups=32,
    ),
)


def main() -> None:
    torch.manual_seed(int(sys.argv[1]) if len(sys.argv) > 1 else SEED)
    model = KyutaiSpeechToTextForConditionalGeneration(KyutaiSpeechToTextConfig(**CONFIG)).eval()
    randomise(model)
    for name, module in model.named_children():
        if name != "codec_model":  # kept in f32 by transformers, too
            module.to(torch.bfloat16)
    shutil.rmtree(OUT, ignore_errors=True)
    model.save_pretrained(OUT)
    KyutaiSpeechToTextFeatureExtractor(audio_delay_seconds=2.5, audio_silence_prefix_seconds=1.0).save_pretrained(OUT)
    write_tokenizer()

    loaded = KyutaiSpeechToTextForConditionalGeneration.from_pretrained(OUT, dtype=torch.float32).eval()
    with torch.no_grad():
        answers = run(loaded)
    save_file(answers, OUT / "expected.safetensors", metadata={"transformers": transformers.__version__, "torch": torch.__version__})
    for file in sorted(OUT.iterdir()):
        print(f"{file.stat().st_size:8} {file.name}")


def randomise(model: KyutaiSpeechToTextForConditionalGeneration) -> None:
    """Weights whose answers depend on every one of them: transformers' own initial values are too small."""
    with torch.no_grad():
        for name, value in {**dict(model.named_parameters()), **dict(model.named_buffers())}.items():
            if not value.is_floating_point():
                continue
            if name.endswith("embed_sum"):
                value.normal_(0, 20)
            elif name.endswith("cluster_usage"):
                value.uniform_(5, 60)
            elif "layernorm.weight" in name or name.endswith("norm.weight"):
                value.uniform_(0.5, 1.5)
            elif name.endswith("layer_scale.scale"):
                value.uniform_(0.1, 0.5)
            elif name.endswith("bias"):
                value.normal_(0, 0.02)
            elif "inv_freq" in name:
                continue
            elif "embed_tokens" in name:
                value.normal_(0, 1)
            elif ".conv." in name and ".encoder." in name or "downsample" in name:
                value.normal_(0, 2.5 / (value[0].numel() ** 0.5))
            elif value.dim() > 1:
                value.normal_(0, 1.5 / (value[0].numel() ** 0.5))
        model.lm_head.weight[TEXT_CARD] = 0  # as in Kyutai's conversion: the table's row for the initial token has no logit
        model.model.embed_tokens.embed_tokens.weight[-1] = 0


def write_tokenizer() -> None:
    proto = import_protobuf().ModelProto()
    proto.ParseFromString((FIXTURES / "text" / "tokenizer_bytes_320.model").read_bytes())
    proto.trainer_spec.model_type = 1  # Unigram, which Kyutai's are, and the only kind this converter takes; pieces and scores stay
    proto.normalizer_spec.precompiled_charsmap = b""
    with tempfile.NamedTemporaryFile(suffix=".model") as file:
        file.write(proto.SerializeToString())
        file.flush()
        tokenizer = MoshiConverter(file.name).converted()
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="<unk>").save_pretrained(OUT)


def run(model: KyutaiSpeechToTextForConditionalGeneration) -> dict[str, torch.Tensor]:
    with wave.open(str(FIXTURES / "case-a" / "input.wav")) as clip:
        pcm = np.frombuffer(clip.readframes(FRAMES * 1920), dtype="<i2").astype(np.float32) / 32768
    audio = torch.from_numpy(pcm)[None, None]
    codes = model.codec_model.encode(audio, num_quantizers=CONFIG["num_codebooks"]).audio_codes[0].T  # [FRAMES, K]
    cache, token, tokens, logits = None, TEXT_CARD, [], []
    for step in range(FRAMES + 1):
        row = codes[step - 1] if step > 0 else torch.full((CONFIG["num_codebooks"],), CONFIG["audio_bos_token_id"])
        ids = torch.cat([torch.tensor([token]), row])[None, None]
        out = model(input_ids=ids, cache=cache, use_cache=True)
        cache = out.cache
        found = out.logits[0, -1]
        best = torch.topk(found, 2).values
        if best[0] - best[1] < SMALLEST_MARGIN:
            sys.exit(f"step {step}: the margin is {best[0] - best[1]:.4f}; choose another seed")
        token = int(found.argmax())
        if token == TEXT_CARD:
            sys.exit(f"step {step}: the row without a logit won; choose another seed")
        tokens.append(token)
        logits.append(found[:TEXT_CARD])
    distinct = [len(set(codes[:, q].tolist())) for q in range(codes.shape[1])]
    print(json.dumps({"distinct codes": distinct, "distinct tokens": len(set(tokens))}))
    return {
        "codes": codes.to(torch.int32).contiguous(),
        "text": torch.tensor(tokens, dtype=torch.int32),
        "logits": torch.stack(logits).to(torch.float32).contiguous(),
    }


if __name__ == "__main__":
    main()
