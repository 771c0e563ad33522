#!/usr/bin/env python3
"""Writes what Whisper's own normalisers make of some sentences to test/fixtures/eval/whisper-normaliser.json.

    python tools/goldens/whisper_normaliser_goldens.py

Needs `pip install whisper-normalizer`, which packages the normalisers of openai-whisper (MIT).
"""
import json
from importlib.metadata import version
from pathlib import Path

from whisper_normalizer.basic import BasicTextNormalizer
from whisper_normalizer.english import EnglishTextNormalizer

ENGLISH = """
Hmm, I won't do it; uh, he's gone to Mr. Smith's house!
I gotta go, y'all can't come.
She'd been there, and we're late; they'll wait. I'm sure you've seen it.
let's go [music] (laughs) home
dr jones and st john, jr.
It 's a café, naïve and œuvre
U.S.A., e.g. at 5 p.m.
ten thousand dollars
twenty five percent of 1,000.50
five per cent
one hundred and one dalmatians
nineteen ninety nine and two thousand ten
one oh one
double seven
five and a half
three point one four
the twenty-first of May
minus five degrees
three point two million dollars
$3 and 20 cents
twenty cents
the nineteen twenties
one two three
a hundred people, hundreds of people
second to none
zero
50% of €20.5
go forward ten meters
forty second street
one million two hundred thousand and three
five hundred million
10 million
100,000,000
seven thirty
twenty twenty one
fifty pounds, twenty euros
what's up with one's own ones
Organise the colourful theatre in the centre of the neighbourhood
They travelled and analysed the behaviour of the grey tyres
He realised that his licence for the programme was cancelled
""".strip().split("\n")

BASIC = """
Hello <b>world</b> (yes [no] maybe)!
L'été, à Nîmes : « où ? »
½ café, 50 % de 3,5 €
Aujourd'hui [rires] c'est-à-dire Œuvre
ÉTÉ e\u0301te\u0301
""".strip().split("\n")

english, basic = EnglishTextNormalizer(), BasicTextNormalizer()
golden = {
    "whisper_normalizer": version("whisper-normalizer"),
    "english": {text: " ".join(english(text).split()) for text in ENGLISH},
    "basic": {text: " ".join(basic(text).split()) for text in BASIC},
}
out = Path(__file__).resolve().parents[2] / "test" / "fixtures" / "eval" / "whisper-normaliser.json"
out.write_text(json.dumps(golden, ensure_ascii=False, indent=1) + "\n")
print(out, len(ENGLISH) + len(BASIC), "sentences, whisper-normalizer", version("whisper-normalizer"))
