"""Many arrays at once, as rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from streamnorm.array_index import ArrayIndex, as_numbers
from streamnorm.features import shown
from streamnorm.typing import Array


def flat_rows(X: Any, index: ArrayIndex) -> Array:
    """Arrays [samples, *input_shape] as float64 [samples, values], each as `index` reads one; NaN for a missing value.

    Examples
    --------
    >>> flat_rows(np.array([[[1, 2, 3], [10, 20, 30]]]), ArrayIndex((2, 3)))
    array([[ 1., 10.,  2., 20.,  3., 30.]])
    >>> flat_rows(np.array([[[1, 2]], [[3, np.inf]]]), ArrayIndex((1, 2)))
    Traceback (most recent call last):
    ...
    ValueError: row 1 is inf at (0, 1), not a finite number. Fill it in front of the model (missing='mean' takes NaN as
    absent, which counts as its channel's mean).

    """
    if not isinstance(X, np.ndarray):
        remedy = "np.stack(X) makes one" if isinstance(X, list | tuple) else "a frame has no place for arrays"
        raise TypeError(
            f"X is {shown(X)}, and a model with input_shape={index.shape} takes an array of shape "
            f"(samples, {', '.join(map(str, index.shape))}): {remedy}"
        )
    return index.flat(as_numbers("X", X), lambda row: f"row {row}")
