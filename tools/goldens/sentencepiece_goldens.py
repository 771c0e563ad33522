#!/usr/bin/env python3
"""Writes the texts that the sentencepiece library decodes from many token sequences, for test/unit/text/sentencepiece.test.ts.

    python tools/goldens/sentencepiece_goldens.py

Needs `pip install sentencepiece`. Also trains the byte-fallback tokenizer of test/fixtures/text, because the other
fixture tokenizers have no byte pieces. Sequences contain no unknown pieces, which the library decodes to a mark and this
package to nothing.
"""
import json
import random
from pathlib import Path

import sentencepiece as spm

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "test" / "fixtures"
BYTES = FIXTURES / "text" / "tokenizer_bytes_320.model"
TOKENIZERS = [
    FIXTURES / "demo" / "tokenizer_tiny_en_fr_256.model",
    FIXTURES / "case-a" / "tokenizer_case.model",
    BYTES,
]
SENTENCES = [
    "hello world", "deux minutes, s'il vous plaît", "Noël à l'été : où ça ?", "five two nine", "été",
    "naïve café", "👋🏽 ok", "日本語", "50 % — « oui »", "Straße", "a  b",
]
EDGE_BYTES = [
    [0xE2, 0x82, 0xAC], [0xE2, 0x82], [0xE2], [0x82, 0x41], [0xF0, 0x9F, 0x91, 0x8B], [0xF0, 0x9F, 0x91],
    [0xC3, 0xA9, 0xC3], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xFF, 0x61], [0x20, 0x61],
    [0xEF, 0xBB, 0xBF], [0xE2, 0x28, 0xA1],
]


def train() -> None:
    corpus = ["the quick brown fox", "le renard brun rapide", "hello world", "bonjour le monde"] * 20
    spm.SentencePieceTrainer.train(
        sentence_iterator=iter(corpus), model_prefix=str(BYTES.with_suffix("")), model_type="bpe", vocab_size=320,
        byte_fallback=True, hard_vocab_limit=False, character_coverage=0.99, pad_id=3,
        normalization_rule_name="identity", minloglevel=2,
    )
    BYTES.with_suffix(".vocab").unlink()


def main() -> None:
    if not BYTES.exists():
        train()
    rng = random.Random(7)
    goldens = []
    for path in TOKENIZERS:
        sp = spm.SentencePieceProcessor(model_file=str(path))
        size = sp.get_piece_size()
        sequences = [sp.encode(s) for s in SENTENCES]
        known = [i for i in range(size) if not sp.is_unknown(i)]
        sequences += [[rng.choice(known) for _ in range(rng.randint(1, 24))] for _ in range(120)]
        first_byte = next((i for i in range(size) if sp.is_byte(i)), None)
        if first_byte is not None:
            word = sp.encode("hello")
            for edge in EDGE_BYTES:
                ids = [first_byte + b for b in edge]
                sequences += [ids, word + ids, word + ids + word]
        sequences = [[i for i in s if not sp.is_unknown(i)] for s in sequences]
        goldens.append({
            "tokenizer": str(path.relative_to(FIXTURES)),
            "pieces": size,
            "cases": [{"tokens": s, "text": sp.decode(s)} for s in sequences],
        })
    out = FIXTURES / "text" / "sentencepiece.json"
    out.write_text(json.dumps(goldens, ensure_ascii=False, separators=(",", ":")).replace('{"tokens"', '\n{"tokens"') + "\n")
    print(out, [(g["tokenizer"], g["pieces"], len(g["cases"])) for g in goldens], "sentencepiece", spm.__version__)


main()
