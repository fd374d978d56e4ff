"""Where a kernel is laid on a grid of positions."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from streamnorm.typing import Array

# Height and width, in positions. A series has height 1.
Size = tuple[int, int]


class Grid(NamedTuple):
    """A kernel and the grid that it slides over: which patches of an input it meets.

    Inputs and outputs are flat, [height * width * channels], channels last: what a kernel sees of a row is then one
    slice, and of a series the whole patch is.

    Parameters
    ----------
    size
        Of the input.
    kernel, stride
        How large a patch is, and how far it is to the next.
    before
        How many zeros stand above and left of the input.
    padded
        Size of the input with all zeros around it.
    out
        How many patches there are.

    """

    size: Size
    kernel: Size
    stride: Size
    before: Size
    padded: Size
    out: Size

    @property
    def area(self) -> int:
        """Positions of a patch."""
        return self.kernel[0] * self.kernel[1]

    @property
    def positions(self) -> int:
        """How many patches there are."""
        return self.out[0] * self.out[1]

    def gather(self, h: Array) -> Array:
        """The patches [positions, area, channels] of an input."""
        (height, width), (top, left), (down, right) = self.size, self.before, self.stride
        h = h.reshape(height, width, -1)
        padded = np.zeros((*self.padded, h.shape[-1]), h.dtype)
        padded[top : top + height, left : left + width] = h
        windows = np.lib.stride_tricks.sliding_window_view(padded, self.kernel, axis=(0, 1))
        met = windows[::down, ::right][: self.out[0], : self.out[1]]
        return met.transpose(0, 1, 3, 4, 2).reshape(self.positions, self.area, -1)

    def scatter(self, patches: Array) -> Array:
        """The sum [height * width * channels] of patches where they lie; the transpose of `gather`."""
        (height, width), (top, left), (down, right) = self.size, self.before, self.stride
        channels = patches.shape[-1]
        met = patches.reshape(*self.out, *self.kernel, channels)
        padded = np.zeros((*self.padded, channels), patches.dtype)
        last_row, last_column = (self.out[0] - 1) * down, (self.out[1] - 1) * right
        for i, j in np.ndindex(self.kernel):
            padded[i : i + last_row + 1 : down, j : j + last_column + 1 : right] += met[:, :, i, j]
        return padded[top : top + height, left : left + width].ravel()


def grid(size: Size, kernel: Size, stride: Size, padding: str) -> Grid:
    """The grid of a kernel; raises ValueError where not one patch fits.

    `"valid"` takes the patches inside; `"same"` as many as fill the input at that stride, with zeros around, of which
    the odd one comes last.

    Examples
    --------
    >>> grid((1, 50), (1, 7), (1, 1), "same").before
    (0, 3)
    >>> grid((1, 50), (1, 7), (1, 2), "valid").out
    (1, 22)

    """
    # There is one patch at any longer stride.
    stride = min(stride[0], size[0]), min(stride[1], size[1])
    if padding == "valid":
        if size[0] < kernel[0] or size[1] < kernel[1]:
            along = kernel[0] == size[0] == 1
            raise ValueError(f"a kernel of {_shown(kernel, along)} does not fit into {_shown(size, along)} positions")
        out = (size[0] - kernel[0]) // stride[0] + 1, (size[1] - kernel[1]) // stride[1] + 1
        return Grid(size, kernel, stride, (0, 0), size, out)
    out = -(-size[0] // stride[0]), -(-size[1] // stride[1])
    padded = _covered(size[0], kernel[0], stride[0], out[0]), _covered(size[1], kernel[1], stride[1], out[1])
    before = (padded[0] - size[0]) // 2, (padded[1] - size[1]) // 2
    return Grid(size, kernel, stride, before, padded, out)


def _covered(size: int, kernel: int, stride: int, out: int) -> int:
    return max((out - 1) * stride + kernel, size)


def _shown(size: Size, along: bool) -> str:
    return f"{size[1]}" if along else f"{size[0]} x {size[1]}"
