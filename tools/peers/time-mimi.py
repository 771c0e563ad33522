"""time-mimi.py FRAMES RUNS: for each line read, encodes RUNS windows on one thread.

Prints milliseconds of processor time used so far, then each window's wall clock a frame.
"""
import sys
import time

import torch

from mimi_encoder import FRAME, SAMPLE_RATE, random_encoder

frames, runs = int(sys.argv[1]), int(sys.argv[2])
torch.set_num_threads(1)
encoder = random_encoder(frames)
sound = 0.2 * torch.sin(torch.arange(frames * FRAME) * (2 * torch.pi * 140 / SAMPLE_RATE))[None, None]
print(torch.__version__, flush=True)
for _ in sys.stdin:
    took = []
    for _ in range(runs):
        began = time.perf_counter()
        with torch.inference_mode():
            codes = encoder(sound)
        took.append((time.perf_counter() - began) * 1000 / frames)
        assert codes.shape == (32, frames)
    print(time.process_time() * 1000, *took, flush=True)
