"""From a dict with one array to a vector."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from streamnorm.features import Sample, as_float32, shown
from streamnorm.typing import Array


class ArrayIndex:
    """Samples of one array each, under whatever name; its shape is declared. An empty sample has none: all is absent.

    Parameters
    ----------
    shape
        (channels, steps), or (channels, height, width).
    missing
        What NaN is: `"error"`, or `"mean"`, which takes the value as absent.

    Attributes
    ----------
    names
        The channels, 0, 1, ...
    columns
        The places of the values.

    Examples
    --------
    Values come out channels last.

    >>> index = ArrayIndex((2, 3))
    >>> index.read({"window": np.array([[1, 2, 3], [10, 20, 30]])}).values
    array([ 1., 10.,  2., 20.,  3., 30.])
    >>> index.read({"window": np.zeros((3, 2))})
    Traceback (most recent call last):
    ...
    ValueError: array 'window' has shape (3, 2), and the model takes (2, 3): input_shape says what an array is.

    """

    def __init__(self, shape: tuple[int, ...], missing: str = "error") -> None:
        self.shape = shape
        self.skips_missing = missing == "mean"
        self.names: list[Any] = [*range(shape[0])]
        # Of rows that come as one array, flat as `read` gives them.
        self.columns: dict[Any, int] = {i: i for i in range(math.prod(shape))}

    def read(self, x: Mapping[Any, Any]) -> Sample:
        """The sample as a vector; raises, saying what is wrong with the array, before anything is kept."""
        if not isinstance(x, Mapping):
            raise TypeError(f"a sample is a dict with one array, not {shown(x)}")
        if not x:
            n = len(self.columns)
            return Sample(np.zeros(n), np.zeros(n, dtype=bool), {})
        if len(x) > 1:
            raise ValueError(
                f"a sample has {len(x)} features, and a model with input_shape={self.shape} takes one array: "
                "streamnorm.SlidingWindow makes windows of channels, np.array puts numbers together"
            )
        ((name, array),) = x.items()
        return self._read(name, array)

    def _read(self, name: Any, array: Any) -> Sample:
        if not isinstance(array, np.ndarray) or array.dtype.kind not in "fiub":
            raise TypeError(
                f"array {name!r:.60} is {_described(array)}, not a NumPy array of numbers: np.asarray(..., dtype=float)"
            )
        if array.shape != self.shape:
            raise ValueError(
                f"array {name!r:.60} has shape {array.shape}, and the model takes {self.shape}: "
                "input_shape says what an array is."
            )
        if np.ma.is_masked(array):
            raise ValueError(f"array {name!r:.60} has masked values: fill them in front of the model")
        values = np.moveaxis(np.asarray(array), 0, -1).astype(np.float64).ravel()
        finite = np.isfinite(values)
        if finite.all():
            return Sample(as_float32(values), None, {})
        if not self.skips_missing or np.isinf(values).any():
            self._raise_at(name, array)
        return Sample(as_float32(np.where(finite, values, 0.0)), finite, {})

    def _raise_at(self, name: Any, array: Array) -> None:
        wrong = np.isinf(array) if self.skips_missing else ~np.isfinite(array)
        place = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise ValueError(
            f"array {name!r:.60} is {array[place]} at {place}, not a finite number. Fill it in front of the model "
            "(missing='mean' takes NaN as absent, which counts as its channel's mean)."
        )


def _described(array: Any) -> str:
    if isinstance(array, np.ndarray):
        return f"an array of {array.dtype}"
    return shown(array)
