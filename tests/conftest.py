"""Torch's thread pool only gets in the way of one sample at a time."""

import torch

torch.set_num_threads(1)
