"""export-mimi.py OUT.onnx FRAMES: Mimi's encoder of mimi_encoder.py for a window of FRAMES frames. Needs PyTorch alone."""
import sys

import torch
from torch.onnx._internal.torchscript_exporter import onnx_proto_utils

from mimi_encoder import FRAME, random_encoder

# Embeds functions written in onnxscript, of which the graph has none, and would want the onnx package for it.
onnx_proto_utils._add_onnxscript_fn = lambda model_bytes, custom_opsets: model_bytes

out, frames = sys.argv[1], int(sys.argv[2])
with torch.no_grad():
    torch.onnx.export(
        random_encoder(frames),
        (torch.zeros(1, 1, frames * FRAME),),
        out,
        input_names=["sound"],
        output_names=["codes"],
        opset_version=17,
        dynamo=False,
    )
