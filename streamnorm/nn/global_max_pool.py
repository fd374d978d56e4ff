from __future__ import annotations

import math

import torch

from streamnorm.activations import ACTIVATIONS
from streamnorm.arguments import require_one_of
from streamnorm.layers.field import check_count
from streamnorm.pooled_moments import largest_moments


class GlobalMaxPool(torch.nn.Module):
    r"""The largest value of each channel over all positions, brought to mean 0 and variance 1: $(p - m) / d$.

    Neighbours are alike, so the constants are those of the largest of $\sqrt P$ independent activations, for the $P$
    positions that an input has.

    Parameters
    ----------
    activation
        Name of the `NormalizedActivation` that the values come from.
    dimensions
        1: the last axis of the input is time. 2: the last two are an image.

    Raises
    ------
    ValueError
        For a name that is not known, or dimensions that are no count.

    Examples
    --------
    Sixteen positions of independent values are not alike: it takes four of them for one.

    >>> import torch
    >>> _ = torch.manual_seed(42)
    >>> pool = GlobalMaxPool("identity")
    >>> alike = torch.randn(100_000, 4).repeat_interleave(4, dim=1)
    >>> p = pool(alike[:, None])
    >>> p.shape, p.std().item()
    (torch.Size([100000, 1]), 1.00)

    """

    def __init__(self, activation: str = "relu", dimensions: int = 1) -> None:
        super().__init__()
        require_one_of("activation", activation, ACTIVATIONS)
        check_count("GlobalMaxPool", "dimensions", dimensions)
        self.activation = activation
        self.dimensions = dimensions

    def forward(self, h: torch.Tensor) -> torch.Tensor:
        channels = h.flatten(-self.dimensions)
        mean, sd = largest_moments(ACTIVATIONS[self.activation], math.sqrt(channels.shape[-1]))
        # Where several are the largest, `max` takes the gradient to the first; `amax` would spread it.
        return (channels.max(dim=-1).values - mean) / sd
