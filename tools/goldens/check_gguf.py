"""Opens a converted GGUF with gguf-py and compares every tensor with the checkpoint it was made from.

    python tools/goldens/check_gguf.py CHECKPOINT_DIR MODEL.gguf

Needs numpy, gguf and safetensors (with torch, for bf16). F32 and F16 tensors have to be the checkpoint's numbers, rounded
once; Q4_0 and Q8_0 blocks have to be byte for byte what gguf-py's own quantizer makes of them. Exits 1 on a difference.
"""
import json
import pathlib
import sys

import numpy as np
from gguf import GGMLQuantizationType, GGUFReader, dequantize, quantize
from safetensors.torch import load_file

directory, path = pathlib.Path(sys.argv[1]), sys.argv[2]
config = json.loads((directory / "config.json").read_text())
checkpoint = {name: t.float().numpy() for name, t in load_file(directory / config["moshi_name"]).items()}
mimi = load_file(directory / config["mimi_name"])
checkpoint |= {f"mimi.{name}": t.float().numpy() for name, t in mimi.items()}

reader = GGUFReader(path)
assert reader.fields["general.architecture"].contents() == "kyutai-stt"
assert reader.fields["kyutai-stt.config.dim"].contents() == config["dim"]

failures, counts = [], {}
for tensor in reader.tensors:
    kind = tensor.tensor_type
    counts[kind.name] = counts.get(kind.name, 0) + 1
    if tensor.name == "tokenizer.model":
        if tensor.data.tobytes() != (directory / config["tokenizer_name"]).read_bytes():
            failures.append(tensor.name)
        continue
    shape = tuple(int(n) for n in tensor.shape[::-1])
    source = checkpoint[tensor.name].astype(np.float32)
    if shape != tuple(n for n in source.shape) and shape != (source.size,):
        failures.append(f"{tensor.name}: {shape} for {source.shape}")
        continue
    found = dequantize(tensor.data, kind).reshape(-1)
    if kind in (GGMLQuantizationType.Q4_0, GGMLQuantizationType.Q8_0):
        same_bytes = np.array_equal(tensor.data.reshape(-1), quantize(source.reshape(shape), kind).reshape(-1))
        if not same_bytes:
            failures.append(f"{tensor.name}: blocks differ from gguf-py's")
        continue
    expected = source.astype(np.float16).astype(np.float32) if kind == GGMLQuantizationType.F16 else source
    if not np.array_equal(found, expected.reshape(-1)):
        failures.append(f"{tensor.name}: {kind.name} numbers differ")

print(f"{path}: {len(reader.tensors)} tensors {counts}, {len(failures)} differ")
print("\n".join(failures[:20]))
sys.exit(1 if failures else 0)
