from __future__ import annotations

import math

import torch

from streamnorm.layers.field import check_count
from streamnorm.pooled_moments import mean_moments


class GlobalAvgPool(torch.nn.Module):
    r"""The mean value of each channel over all positions, brought to mean 0 and variance 1: $(p - m) / d$.

    Neighbours are alike, so the constants are those of the mean of $\sqrt P$ independent activations, for the $P$
    positions that an input has. They are the same for every `NormalizedActivation`.

    Parameters
    ----------
    dimensions
        1: the last axis of the input is time. 2: the last two are an image.

    Raises
    ------
    ValueError
        For dimensions that are no count.

    Examples
    --------
    Sixteen positions of independent values are not alike: it takes four of them for one.

    >>> import torch
    >>> _ = torch.manual_seed(42)
    >>> alike = torch.randn(100_000, 4).repeat_interleave(4, dim=1)
    >>> p = GlobalAvgPool()(alike[:, None])
    >>> p.shape, p.std().item()
    (torch.Size([100000, 1]), 1.00)

    """

    def __init__(self, dimensions: int = 1) -> None:
        super().__init__()
        check_count("GlobalAvgPool", "dimensions", dimensions)
        self.dimensions = dimensions

    def forward(self, h: torch.Tensor) -> torch.Tensor:
        channels = h.flatten(-self.dimensions)
        mean, sd = mean_moments(math.sqrt(channels.shape[-1]))
        return (channels.mean(dim=-1) - mean) / sd
