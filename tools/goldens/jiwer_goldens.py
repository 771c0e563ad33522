#!/usr/bin/env python3
"""Writes the error counts that jiwer finds in the clips' transcripts and in garbled sentences to test/fixtures/eval/jiwer.json.

    python tools/goldens/jiwer_goldens.py

Needs `pip install jiwer`. The transcripts are the official code's (test/fixtures/clips/index.json). Where several
alignments have the fewest errors, jiwer prefers deletions, this package the most hits.
"""
import json
import random
from importlib.metadata import version
from pathlib import Path

import jiwer

FIXTURES = Path(__file__).resolve().parents[2] / "test" / "fixtures"
SENTENCES = [
    "the quick brown fox jumps over the lazy dog",
    "she sells sea shells by the sea shore and he sells them too",
    "il était une fois une petite fille qui habitait près de la forêt",
    "l'été à la plage, ça fait du bien à tout le monde",
    "zéro un deux trois quatre cinq six sept huit neuf dix",
    "a a a b a b b a",
    "où est né l'élève",
]


def counts(output) -> dict[str, int]:
    return {name: getattr(output, name) for name in ("hits", "substitutions", "insertions", "deletions")}


def both(references: list[str], hypotheses: list[str]) -> dict:
    words, characters = jiwer.process_words(references, hypotheses), jiwer.process_characters(references, hypotheses)
    return {"wer": words.wer, "cer": characters.cer, "words": counts(words), "characters": counts(characters)}


def garbled(sentence: str, rng: random.Random) -> str:
    """Drops, replaces, doubles and moves words, as many as one in three."""
    words = sentence.split()
    for _ in range(rng.randint(0, 1 + len(words) // 3)):
        at = rng.randrange(len(words))
        kind = rng.randrange(4)
        if kind == 0 and len(words) > 1:
            words.pop(at)
        elif kind == 1:
            words[at] = rng.choice(rng.choice(SENTENCES).split())
        elif kind == 2:
            words.insert(at, words[at])
        else:
            words.insert(rng.randrange(len(words)), words.pop(at))
    return " ".join(words)


def main() -> None:
    clips = json.loads((FIXTURES / "clips" / "index.json").read_text())
    references = [clip["reference"] for clip in clips]
    rng = random.Random(16)
    pairs = [("", ""), ("", "one two"), ("one two", "")]
    pairs += [(sentence, garbled(sentence, rng)) for sentence in SENTENCES for _ in range(20)]
    golden = {
        "jiwer": version("jiwer"),
        "clips": {
            "official": both(references, [clip["official_text"] for clip in clips]),
            "official_q4": both(references, [clip["official_q4_text"] for clip in clips]),
        },
        "pairs": [{"reference": r, "hypothesis": h, **both([r], [h])} for r, h in pairs],
    }
    text = json.dumps(golden, ensure_ascii=False, separators=(",", ":")).replace('{"reference"', '\n{"reference"')
    (FIXTURES / "eval").mkdir(exist_ok=True)
    (FIXTURES / "eval" / "jiwer.json").write_text(text + "\n")
    print(f"jiwer {version('jiwer')}: {len(pairs)} pairs;", json.dumps(golden["clips"]))


main()
