from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from streamnorm.layers.local_pool import LocalPool


@dataclass(frozen=True)
class AvgPool(LocalPool):
    """The mean value of each patch, channel by channel, for `hidden` of an estimator with an `input_shape`.

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
    >>> from streamnorm import Conv1d, AvgPool, NormPropClassifier
    >>> model = NormPropClassifier((Conv1d(16, 7), AvgPool(2), 32), input_shape=(6, 50), seed=42)

    """

    maximum: ClassVar[bool] = False
