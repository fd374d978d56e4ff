from __future__ import annotations

import torch

from streamnorm.layers.field import check_count, check_padding
from streamnorm.layers.grid import grid
from streamnorm.nn.filtered import filtered
from streamnorm.nn.filters import Filters


class Conv1d(Filters):
    r"""Unit filters that slide along time: $z_{ip} = g_i \, w_i \cdot h_p / \|w_i\| + b_i$ for the patch $h_p$ at $p$.

    Where the inputs are uncorrelated with mean 0 and variance 1, $z$ has mean 0 and variance $g_i^2$ at $b_i = 0$,
    whatever the weights. Put a `NormalizedActivation` behind it, then torch's own `MaxPool1d` or `AvgPool1d`, or a
    `GlobalMaxPool` or `GlobalAvgPool`.

    Parameters
    ----------
    in_channels
        Channels of the input, [channels, steps] or [batch, channels, steps].
    out_channels
        How many filters there are: channels of the output.
    kernel_size
        How many steps a filter sees.
    stride
        Steps from one position to the next.
    padding
        `"same"`: as many positions as steps, divided by the stride, with zeros around the window, which are the mean;
        of an odd number of zeros one more comes behind. `"valid"`: only positions at which the whole filter is inside.

    Attributes
    ----------
    weight
        [out_channels, in_channels, kernel_size], with orthogonal initial filters.
    gain
        [out_channels], 1/1.21 at first, which keeps the Jacobian of a ReLU layer near norm 1.
    bias
        [out_channels], 0 at first.

    Raises
    ------
    ValueError
        For an argument out of its range, and for an input that is shorter than a filter with `"valid"`.

    Examples
    --------
    >>> import torch
    >>> _ = torch.manual_seed(42)
    >>> layer = Conv1d(6, 16, 7, stride=2)
    >>> layer(torch.randn(100, 6, 50)).shape
    torch.Size([100, 16, 25])
    >>> inside = layer(torch.randn(10_000, 6, 50))[:, :, 2:-2]
    >>> (inside.std() * 1.21).item()
    1.00

    """

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: int, stride: int = 1, padding: str = "same"
    ) -> None:
        check_count("Conv1d", "in_channels", in_channels)
        check_count("Conv1d", "out_channels", out_channels)
        check_count("Conv1d", "kernel_size", kernel_size)
        check_count("Conv1d", "stride", stride)
        check_padding("Conv1d", padding)
        super().__init__(out_channels, in_channels, kernel_size)
        self.stride = stride
        self.padding = padding

    def forward(self, h: torch.Tensor) -> torch.Tensor:
        where = grid((1, h.shape[-1]), (1, self.weight.shape[-1]), (1, self.stride), self.padding)
        return filtered(h.unsqueeze(-2), self.weight.unsqueeze(-2), self.gain, self.bias, where).squeeze(-2)
