"""Many samples at once: a 2-D array, or a frame of any kind that narwhals knows, through River's own helpers."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from streamnorm.features import check_name, feature_number, is_missing
from streamnorm.typing import Array


class Rows:
    """Samples that all have the same features, every value checked.

    Parameters
    ----------
    X
        An array [samples, features], whose columns are the features 0, 1, ...; or a frame, one column a feature.
    skips_missing
        Whether None and NaN are missing values, or errors.

    Attributes
    ----------
    names
        The features.
    values
        float64 [samples, features], all finite; NaN for a missing value.

    Raises
    ------
    ValueError, TypeError
        For a value that is not a finite number, by row and feature; for an array that is not 2-D.

    Examples
    --------
    >>> rows = Rows(np.array([[1, 2], [3, 4]]))
    >>> rows.names, rows.values.tolist()
    ([0, 1], [[1.0, 2.0], [3.0, 4.0]])
    >>> Rows(np.array([[1.0, 2.0], [3.0, np.inf]]))
    Traceback (most recent call last):
    ...
    ValueError: row 1: feature 1 (int) is inf, not a finite number. Leave it out of the sample (an absent feature
    counts as its mean; missing='mean' does that with None and NaN), or impute it in front of the model.

    """

    def __init__(self, X: Any, skips_missing: bool = False) -> None:
        self._frame: Any = None
        if isinstance(X, np.ndarray):
            if isinstance(X, np.ma.MaskedArray) and np.ma.is_masked(X):
                raise ValueError("X has masked values: fill them in front of the model, or leave the rows out")
            if X.ndim != 2:
                raise ValueError(f"X is an array [samples, features], not one of shape {X.shape}")
            self.names: list[Any] = [*range(X.shape[1])]
            self.values = _floats(X) if X.dtype.kind in "biuf" else _checked(self.names, _scalars(X), skips_missing)
        else:
            import narwhals.stable.v2 as nw
            from river.utils import dataframe

            if isinstance(X, list | tuple | dict):
                raise TypeError(f"X is an array [samples, features] or a frame, not a {type(X).__name__}")
            self._frame = dataframe.into_frame(X)
            self.names = self._frame.columns
            for name in self.names:
                check_name(name)
            plain = all(dtype.is_numeric() or dtype == nw.Boolean for dtype in self._frame.schema.dtypes())
            self.values = (
                _floats(dataframe.to_numpy(self._frame))
                if plain
                else _checked(self.names, self._frame.iter_rows(), skips_missing)
            )
        if (np.isinf(self.values) if skips_missing else ~np.isfinite(self.values)).any():
            # The values as they were say best what is wrong with them.
            _checked(self.names, _scalars(X) if self._frame is None else self._frame.iter_rows(), skips_missing)

    def check_known(self, features: Collection[Any]) -> None:
        """Raise where an array is given to a model that knows its features by other names."""
        if self._frame is None and features and self.names and set(self.names).isdisjoint(features):
            first = ", ".join(map(repr, list(features)[:3]))
            raise ValueError(
                f"the columns of an array are the features 0, 1, ..., and the model knows only others: {first}, ... "
                "Give it a frame with named columns."
            )

    def __len__(self) -> int:
        return len(self.values)

    def series(self, values: Sequence[Any]) -> Any:
        """A value a row, as the kind of thing that came in."""
        if self._frame is None:
            return _array(values)
        from river.utils import dataframe

        # Of whole numbers beside None pandas would make floats, and lose some of their digits.
        exact = _array(values) if self._frame.implementation.is_pandas_like() and None in values else values
        return dataframe.to_native_series(exact, name=None, like=self._frame)

    def frame(self, columns: Mapping[Any, Array]) -> Any:
        """Named columns, as the kind of thing that came in; an array has no names."""
        if self._frame is None:
            return np.array([*columns.values()]).T.reshape(len(self), len(columns))
        from river.utils import dataframe

        return dataframe.to_native_frame(columns, like=self._frame)


def targets(y: Any, n: int) -> list[Any]:
    """Labels or targets as a list; raises where they are not as many as the rows."""
    if isinstance(y, np.ndarray | list | tuple):
        if isinstance(y, np.ma.MaskedArray) and np.ma.is_masked(y):
            raise ValueError("y has masked values: leave those rows out")
        # A date's `tolist` would be a whole number, and so a label.
        values = y.tolist() if isinstance(y, np.ndarray) and y.dtype.kind not in "mM" else list(y)
    else:
        from river.utils import dataframe

        values = dataframe.into_series(y).to_list()
    if len(values) != n:
        raise ValueError(f"X has {n} rows, y has {len(values)} values")
    return values


def _scalars(X: Array) -> Iterable[Sequence[Any]]:
    # `tolist` would make whole numbers of dates.
    return map(list, X) if X.dtype.kind in "mM" else X.tolist()


def _array(values: Sequence[Any]) -> Array:
    """An array that gives back the values as they are."""
    array = np.array(values)
    if array.tolist() != list(values):
        array = np.empty(len(values), dtype=object)
        array[:] = values
    return array


def _floats(values: Array) -> Array:
    return np.ascontiguousarray(values, dtype=np.float64)


def _checked(names: list[Any], rows: Iterable[Sequence[Any]], skips_missing: bool) -> Array:
    numbers = []
    for i, row in enumerate(rows):
        try:
            numbers.append(
                [
                    math.nan if skips_missing and is_missing(value) else feature_number(name, value)
                    for name, value in zip(names, row, strict=True)
                ]
            )
        except (TypeError, ValueError) as error:
            raise type(error)(f"row {i}: {error}") from None
    return np.array(numbers, dtype=np.float64).reshape(len(numbers), len(names))
