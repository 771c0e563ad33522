"""Makes test/fixtures/quant/quant.json: what numpy and gguf-py make of numbers chosen to be awkward.

    python tools/goldens/quant_goldens.py test/fixtures/quant/quant.json

Needs numpy and gguf. The same versions give the same bytes.
"""
import base64
import json
import sys

import gguf
import numpy as np
from gguf import GGMLQuantizationType, dequantize, quantize

rng = np.random.default_rng(20_261_122)


def blocks() -> np.ndarray:
    """[n, 32] f32"""
    normal = [rng.standard_normal((12, 32)) * scale for scale in (1e-6, 1e-3, 0.02, 1, 30, 4000)]
    tie = np.tile([3.0, -3.0, 1.5, -1.5], 8)  # largest value with both signs: the first decides
    return np.concatenate(
        [
            *normal,
            np.zeros((1, 32)),
            -np.zeros((1, 32)),
            tie[None],
            -tie[None],
            np.eye(32)[[0, 15, 16, 31]] * -2.5,
            np.arange(-16, 16)[None] / 16,
            (np.arange(32)[None] - 15.5) * 0.25,  # halves, between grid points
            np.linspace(-127, 127, 32)[None] + 0.5,
            np.full((1, 32), 2.0**-24),  # a subnormal scale in f16
            np.full((1, 32), 1e-9),  # a scale that is 0 in f16
            np.full((1, 32), 65504.0),
        ]
    ).astype(np.float32)


def halves() -> np.ndarray:
    """f32 numbers at, just below and just above every kind of rounding boundary of f16."""
    every = np.arange(0, 0x7C00, 7, dtype=np.uint16).view(np.float16).astype(np.float64)
    step = np.nextafter(every.astype(np.float16), np.float16(np.inf)).astype(np.float64) - every
    middle = (every + step / 2).astype(np.float32)[np.isfinite(every + step / 2)]
    below, above = np.nextafter(middle, np.float32(0)), np.nextafter(middle, np.float32(np.inf))
    edges = np.array([0, 65504, 65519.996, 65520, 1e30, np.inf, 2**-24, 2**-25, 2**-26, 1e-40], np.float32)
    x = np.concatenate([every.astype(np.float32)[::5], middle, below, above, edges])
    return np.concatenate([x, -x])


def text(array: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


x = blocks()
q4, q8 = (quantize(x, t) for t in (GGMLQuantizationType.Q4_0, GGMLQuantizationType.Q8_0))
half = halves()
with np.errstate(over="ignore"):
    golden = {
        "x": text(x),
        "q4_0": text(q4),
        "q4_0_decoded": text(dequantize(q4, GGMLQuantizationType.Q4_0)),
        "q8_0": text(q8),
        "q8_0_decoded": text(dequantize(q8, GGMLQuantizationType.Q8_0)),
        "f32": text(half),
        "f16": text(half.astype(np.float16)),
        "every_f16": text(np.arange(0, 0x10000, 13, dtype=np.uint16).view(np.float16).astype(np.float32)),
    }
with open(sys.argv[1], "w") as out:
    json.dump(golden, out, indent=0)
    out.write("\n")
print(f"{len(x)} blocks, {len(half)} halves, numpy {np.__version__}")
