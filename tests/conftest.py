"""Torch's thread pool only gets in the way of one sample at a time; what is no test needs atheris to be imported."""

import torch

torch.set_num_threads(1)
collect_ignore = ["native/fuzz_extension.py"]
