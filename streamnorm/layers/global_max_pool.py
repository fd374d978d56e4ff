from __future__ import annotations

import math
from dataclasses import dataclass

from streamnorm.activations import ACTIVATIONS
from streamnorm.layers.field import Field
from streamnorm.layers.grid import grid
from streamnorm.layers.pool import Pool
from streamnorm.pooled_moments import largest_moments


@dataclass(frozen=True)
class GlobalMaxPool:
    r"""The largest value of each channel over all positions, for `hidden` of an estimator with an `input_shape`.

    It goes on with mean 0 and variance 1, as what a layer hands on: neighbours are alike, so the constants are those of
    $\sqrt P$ independent values for $P$ positions.

    Examples
    --------
    >>> from streamnorm import Conv1d, GlobalMaxPool, NormPropClassifier
    >>> model = NormPropClassifier((Conv1d(16, 7), GlobalMaxPool(), 32), input_shape=(6, 50), seed=42)

    """

    def placed(self, field: Field, activation: str) -> Pool:
        """The layer on what is in front of it."""
        where = grid(field.size, field.size, (1, 1), "valid")
        return Pool(where, maximum=True, moments=largest_moments(ACTIVATIONS[field.activation], math.sqrt(where.area)))
