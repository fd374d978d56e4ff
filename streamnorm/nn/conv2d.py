from __future__ import annotations

import torch

from streamnorm.layers.field import check_count, check_extent, check_padding
from streamnorm.layers.grid import grid
from streamnorm.nn.filtered import filtered
from streamnorm.nn.filters import Filters


class Conv2d(Filters):
    r"""Unit filters that slide over an image: $z_{ip} = g_i \, w_i \cdot h_p / \|w_i\| + b_i$ for the patch $h_p$.

    Where the inputs are uncorrelated with mean 0 and variance 1, $z$ has mean 0 and variance $g_i^2$ at $b_i = 0$,
    whatever the weights. Put a `NormalizedActivation` behind it, then torch's own `MaxPool2d` or `AvgPool2d`, or a
    `GlobalMaxPool` or `GlobalAvgPool` of two dimensions.

    Parameters
    ----------
    in_channels
        Channels of the input, [channels, height, width] or [batch, channels, height, width].
    out_channels
        How many filters there are: channels of the output.
    kernel_size
        How many pixels a filter sees: one number, or height and width.
    stride
        Pixels from one position to the next: one number, or down and right.
    padding
        `"same"`: as many positions as pixels, divided by the stride, with zeros around the image, which are the mean;
        of an odd number of zeros one more comes below, or right. `"valid"`: only positions at which the whole filter
        is inside.

    Attributes
    ----------
    weight
        [out_channels, in_channels, kernel height, kernel width], with orthogonal initial filters.
    gain
        [out_channels], 1/1.21 at first, which keeps the Jacobian of a ReLU layer near norm 1.
    bias
        [out_channels], 0 at first.

    Raises
    ------
    ValueError
        For an argument out of its range, and for an input that is smaller than a filter with `"valid"`.

    Examples
    --------
    >>> import torch
    >>> _ = torch.manual_seed(42)
    >>> layer = Conv2d(3, 8, 5, padding="valid")
    >>> z = layer(torch.randn(1_000, 3, 12, 12))
    >>> z.shape, (z.std() * 1.21).item()
    (torch.Size([1000, 8, 8, 8]), 1.00)

    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int] = 1,
        padding: str = "same",
    ) -> None:
        check_count("Conv2d", "in_channels", in_channels)
        check_count("Conv2d", "out_channels", out_channels)
        check_extent("Conv2d", "kernel_size", kernel_size)
        check_extent("Conv2d", "stride", stride)
        check_padding("Conv2d", padding)
        height, width = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
        super().__init__(out_channels, in_channels, height, width)
        self.stride = (stride, stride) if isinstance(stride, int) else stride
        self.padding = padding

    def forward(self, h: torch.Tensor) -> torch.Tensor:
        size, kernel = (h.shape[-2], h.shape[-1]), (self.weight.shape[-2], self.weight.shape[-1])
        where = grid(size, kernel, self.stride, self.padding)
        return filtered(h, self.weight, self.gain, self.bias, where)
