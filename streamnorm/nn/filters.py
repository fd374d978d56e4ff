from __future__ import annotations

import math

import torch

from streamnorm.layers.dense import INITIAL_GAIN


class Filters(torch.nn.Module):
    """What filters along time and over images learn: orthogonal rows at first, a gain and a bias each.

    Parameters
    ----------
    out_channels
        How many filters there are.
    in_channels, kernel
        Shape of a filter.

    """

    def __init__(self, out_channels: int, in_channels: int, *kernel: int) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.empty(out_channels, in_channels, *kernel))
        self.gain = torch.nn.Parameter(torch.full((out_channels,), INITIAL_GAIN))
        self.bias = torch.nn.Parameter(torch.zeros(out_channels))
        fan_in = in_channels * math.prod(kernel)
        torch.nn.init.orthogonal_(self.weight, gain=math.sqrt(max(1.0, out_channels / fan_in)))
