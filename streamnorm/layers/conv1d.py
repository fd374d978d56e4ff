from __future__ import annotations

from dataclasses import dataclass

from streamnorm.layers.convolution import Convolution
from streamnorm.layers.field import Field, check_count, check_padding
from streamnorm.layers.grid import grid


@dataclass(frozen=True)
class Conv1d:
    """Filters that slide along time, for `hidden` of an estimator with `input_shape=(channels, steps)`.

    Each filter is a unit of Normalization Propagation with one weight row, gain and bias for all positions.

    Parameters
    ----------
    filters
        How many there are: the channels of the output.
    kernel
        How many steps a filter sees.
    stride
        Steps from one position to the next.
    padding
        `"same"`: as many positions as steps, divided by the stride, with zeros around the window, which are the mean.
        `"valid"`: only positions at which the whole filter is inside.

    Raises
    ------
    ValueError
        For an argument out of its range.

    Examples
    --------
    >>> from streamnorm import Conv1d, GlobalMaxPool, NormPropClassifier
    >>> model = NormPropClassifier((Conv1d(16, 7), GlobalMaxPool(), 32), input_shape=(6, 50), seed=42)

    """

    filters: int
    kernel: int
    stride: int = 1
    padding: str = "same"

    def __post_init__(self) -> None:
        for name in ("filters", "kernel", "stride"):
            check_count("Conv1d", name, getattr(self, name))
        check_padding("Conv1d", self.padding)

    def placed(self, field: Field, activation: str) -> Convolution:
        """The layer on what is in front of it."""
        if field.dimensions != 1:
            raise ValueError("a Conv1d goes along time, and the input is an image: take a Conv2d")
        return Convolution(self.filters, grid(field.size, (1, self.kernel), (1, self.stride), self.padding), activation)
