from __future__ import annotations

import math
from dataclasses import dataclass

from streamnorm.layers.field import Field
from streamnorm.layers.grid import grid
from streamnorm.layers.pool import Pool
from streamnorm.pooled_moments import mean_moments


@dataclass(frozen=True)
class GlobalAvgPool:
    r"""The mean value of each channel over all positions, for `hidden` of an estimator with an `input_shape`.

    It goes on with mean 0 and variance 1, as what a layer hands on: neighbours are alike, so the constants are those of
    $\sqrt P$ independent values for $P$ positions.

    Examples
    --------
    >>> from streamnorm import Conv1d, GlobalAvgPool, NormPropClassifier
    >>> model = NormPropClassifier((Conv1d(16, 7), GlobalAvgPool(), 32), input_shape=(6, 50), seed=42)

    """

    def placed(self, field: Field, activation: str) -> Pool:
        """The layer on what is in front of it."""
        where = grid(field.size, field.size, (1, 1), "valid")
        return Pool(where, maximum=False, moments=mean_moments(math.sqrt(where.area)))
