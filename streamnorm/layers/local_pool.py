from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from streamnorm.layers.field import Field, check_extent
from streamnorm.layers.grid import grid
from streamnorm.layers.pool import Pool
from streamnorm.moments import Moments


@dataclass(frozen=True)
class LocalPool:
    """What pools of patches have in common.

    Neighbours are too much alike for constants of their own: the values go on as they are.

    Parameters
    ----------
    size, stride
        As for `MaxPool`.

    """

    size: int | tuple[int, int]
    stride: int | tuple[int, int] | None = None

    maximum: ClassVar[bool]

    def __post_init__(self) -> None:
        name = type(self).__name__
        check_extent(name, "size", self.size)
        if self.stride is not None:
            check_extent(name, "stride", self.stride)

    def placed(self, field: Field, activation: str) -> Pool:
        """The layer on what is in front of it."""
        size = field.extent(self.size)
        stride = size if self.stride is None else field.extent(self.stride)
        return Pool(grid(field.size, size, stride, "valid"), self.maximum, moments=Moments(0.0, 1.0))
