from __future__ import annotations

import math

import torch

from streamnorm.layers.dense import INITIAL_GAIN, SMALLEST_NORM


class Linear(torch.nn.Module):
    r"""Linear layer with unit rows, a gain and a bias: $z_i = g_i \, w_i \cdot h / \|w_i\| + b_i$.

    Where the coordinates of the input are uncorrelated with mean 0 and variance 1, $w_i \cdot h / \|w_i\|$ has mean 0
    and variance 1 as well, whatever the weights. Put a `NormalizedActivation` behind it and the next layer finds the
    same. Stacks of more than some eight ReLU layers should start mirrored: see `streamnorm.layers.dense.mirrored`.

    Parameters
    ----------
    in_features
        Size of the last axis of the input.
    out_features
        Size of the last axis of the output.

    Attributes
    ----------
    weight
        [out_features, in_features], with orthogonal initial rows.
    gain
        [out_features], 1/1.21 at first, which keeps the Jacobian of a ReLU layer near norm 1.
    bias
        [out_features], 0 at first.

    Examples
    --------
    >>> import torch
    >>> _ = torch.manual_seed(42)
    >>> layer = Linear(30, 4)
    >>> z = layer(torch.randn(10_000, 30))
    >>> (z.std() * 1.21).item()
    1.0

    """

    def __init__(self, in_features: int, out_features: int) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.empty(out_features, in_features))
        self.gain = torch.nn.Parameter(torch.full((out_features,), INITIAL_GAIN))
        self.bias = torch.nn.Parameter(torch.zeros(out_features))
        torch.nn.init.orthogonal_(self.weight, gain=math.sqrt(max(1.0, out_features / in_features)))

    def forward(self, h: torch.Tensor) -> torch.Tensor:
        weight = self.weight.contiguous()  # Rows with room between them would be summed in another order.
        norm = torch.linalg.vector_norm(weight, dim=1).clamp_min(SMALLEST_NORM)
        u: torch.Tensor = torch.nn.functional.linear(h, weight) / norm
        return self.gain * u + self.bias
