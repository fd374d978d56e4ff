"""From a dict with one array to a vector."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
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
    size
        How many values an array has.

    Examples
    --------
    Values come out channels last.

    >>> index = ArrayIndex((2, 3))
    >>> index.read({"window": np.array([[1, 2, 3], [10, 20, 30]])}).values
    array([ 1., 10.,  2., 20.,  3., 30.])
    >>> index.read({"window": np.zeros((3, 2))})
    Traceback (most recent call last):
    ...
    ValueError: array 'window' has shape (3, 2), and the model takes (2, 3): input_shape says what an array is, and
    channels come first.

    """

    def __init__(self, shape: tuple[int, ...], missing: str = "error") -> None:
        self.shape = shape
        self.skips_missing = missing == "mean"
        self.names: list[Any] = [*range(shape[0])]
        self.size = math.prod(shape)
        self._channels_last = (0, *range(2, len(shape) + 1), 1)

    @functools.cached_property
    def columns(self) -> dict[Any, int]:
        """The places of the values, of rows that are flat as `read` gives them."""
        return {i: i for i in range(self.size)}

    def read(self, x: Mapping[Any, Any]) -> Sample:
        """The sample as a vector; raises, saying what is wrong with the array, before anything is kept."""
        if not isinstance(x, Mapping):
            raise TypeError(f"a sample is a dict with one array, not {shown(x)}")
        if not x:
            return Sample(np.zeros(self.size), np.zeros(self.size, dtype=bool), {})
        if len(x) > 1:
            raise ValueError(
                f"a sample has {len(x)} features, and a model with input_shape={self.shape} takes one array: "
                "streamnorm.SlidingWindow makes windows of channels, np.array puts numbers together"
            )
        ((name, array),) = x.items()
        (values,) = self.flat(as_numbers(f"array {shown(name)}", array)[np.newaxis], lambda row: f"array {shown(name)}")
        if not self.skips_missing:
            return Sample(as_float32(values), None, {})
        present = np.isfinite(values)
        return Sample(as_float32(np.where(present, values, 0.0)), present, {})

    def named(self, x: Mapping[Any, Any], values: Array, columns: Array) -> dict[Any, Any]:
        """Flat values as an array of the sample's shape, under the sample's own name."""
        return {name: np.moveaxis(values.reshape(*self.shape[1:], -1), -1, 0).copy() for name in x}

    def flat(self, arrays: Array, what: Callable[[int], str]) -> Array:
        """Arrays as float64 [arrays, values], channels last, NaN for a missing value; raises, saying `what` it is."""
        if arrays.shape[1:] != self.shape:
            turned = sorted(arrays.shape[1:]) == sorted(self.shape)
            raise ValueError(
                f"{what(0)} has shape {arrays.shape[1:]}, and the model takes {self.shape}: "
                f"input_shape says what an array is{', and channels come first' if turned else ''}."
            )
        with np.errstate(over="ignore"):  # Of a longdouble.
            values = arrays.astype(np.float64)
        right = ~np.isinf(values) if self.skips_missing else np.isfinite(values)
        if not right.all():
            row, *place = np.argwhere(~right)[0].tolist()
            raise ValueError(
                f"{what(row)} is {values[row, *place]} at {(*place,)}, not a finite number. Fill it in front of the "
                "model (missing='mean' takes NaN as absent, which counts as its channel's mean)."
            )
        return values.transpose(self._channels_last).reshape(len(values), self.size)


def as_numbers(what: str, array: Any) -> Array:
    """A NumPy array of numbers, as such; raises for what is none."""
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "fiub":
        described = f"an array of {array.dtype}" if isinstance(array, np.ndarray) else shown(array)
        raise TypeError(f"{what} is {described}, not a NumPy array of numbers: np.asarray(..., dtype=float)")
    if np.ma.is_masked(array):
        raise ValueError(f"{what} has masked values: fill them in front of the model")
    return np.asarray(array)
