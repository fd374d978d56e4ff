from __future__ import annotations

from dataclasses import dataclass

from streamnorm.layers.convolution import Convolution
from streamnorm.layers.field import Field, check_count, check_extent, check_padding
from streamnorm.layers.grid import grid


@dataclass(frozen=True)
class Conv2d:
    """Filters that slide over an image, for `hidden` of an estimator with `input_shape=(channels, height, width)`.

    Each filter is a unit of Normalization Propagation with one weight row, gain and bias for all positions.

    Parameters
    ----------
    filters
        How many there are: the channels of the output.
    kernel
        How many pixels a filter sees: one number, or height and width.
    stride
        Pixels from one position to the next: one number, or down and right.
    padding
        `"same"`: as many positions as pixels, divided by the stride, with zeros around the image, which are the mean.
        `"valid"`: only positions at which the whole filter is inside.

    Raises
    ------
    ValueError
        For an argument out of its range.

    Examples
    --------
    >>> from streamnorm import Conv2d, MaxPool, NormPropClassifier
    >>> model = NormPropClassifier((Conv2d(8, 3), MaxPool(2), 32), input_shape=(1, 8, 8), seed=42)

    """

    filters: int
    kernel: int | tuple[int, int]
    stride: int | tuple[int, int] = 1
    padding: str = "same"

    def __post_init__(self) -> None:
        check_count("Conv2d", "filters", self.filters)
        check_extent("Conv2d", "kernel", self.kernel)
        check_extent("Conv2d", "stride", self.stride)
        check_padding("Conv2d", self.padding)

    def placed(self, field: Field, activation: str) -> Convolution:
        """The layer on what is in front of it."""
        if field.dimensions != 2:
            raise ValueError("a Conv2d goes over an image, and the input goes along time: take a Conv1d")
        where = grid(field.size, field.extent(self.kernel), field.extent(self.stride), self.padding)
        return Convolution(self.filters, where, activation)
