from __future__ import annotations

from dataclasses import dataclass

from streamnorm.layers.field import Field, check_extent
from streamnorm.layers.grid import grid
from streamnorm.layers.pool import Pool
from streamnorm.moments import Moments


@dataclass(frozen=True)
class MaxPool:
    """The largest value of each patch, channel by channel, for `hidden` of an estimator with an `input_shape`.

    Neighbours are too much alike for constants of their own: the values go on as they are.

    Parameters
    ----------
    size
        How many steps a patch has; of an image one number, or height and width.
    stride
        From one patch to the next; the patch's size if it is not given.

    Raises
    ------
    ValueError
        For an argument out of its range.

    Examples
    --------
    >>> from streamnorm import Conv1d, MaxPool, NormPropClassifier
    >>> model = NormPropClassifier((Conv1d(16, 7), MaxPool(2), 32), input_shape=(6, 50), seed=42)

    """

    size: int | tuple[int, int]
    stride: int | tuple[int, int] | None = None

    def __post_init__(self) -> None:
        check_extent("MaxPool", "size", self.size)
        if self.stride is not None:
            check_extent("MaxPool", "stride", self.stride)

    def placed(self, field: Field, activation: str) -> Pool:
        """The layer on what is in front of it."""
        size = field.extent(self.size)
        stride = size if self.stride is None else field.extent(self.stride)
        return Pool(grid(field.size, size, stride, "valid"), maximum=True, moments=Moments(0.0, 1.0))
