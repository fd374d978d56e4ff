"""From a dict to a vector: which feature lives in which column."""

from __future__ import annotations

import math
import numbers
import struct
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from streamnorm.typing import Array

# Exact types that `struct` packs as the number they are. It would also take a 0-d array or a complex NumPy scalar.
_PLAIN_NUMBERS = frozenset(
    {bool, int, float, Decimal, Fraction, np.bool_} | {np.dtype(code).type for code in "bhilqBHILQefd"}
)


class Sample(NamedTuple):
    """A dict of features as a vector.

    Parameters
    ----------
    values
        float64 [features], numbers that a float32 holds; 0 where a feature is absent.
    present
        bool [features], or None when every known feature is there.
    new
        Features that have no column yet, with their values, in an order that does not depend on the dict's.

    """

    values: Array
    present: Array | None
    new: dict[Any, float]


class FeatureIndex:
    """Columns of named features, in the order in which the stream showed them.

    Parameters
    ----------
    names
        Features that are known already.
    missing
        What None and NaN are: `"error"`, or absent features, which then count as their `"mean"` or hold their `"last"`
        value.

    Examples
    --------
    >>> features = FeatureIndex()
    >>> features.add(features.read({"b": 2, "a": 1}).new)
    >>> features.names
    ['a', 'b']
    >>> features.read({"b": 3.5, "a": 1}).values
    array([1. , 3.5])
    >>> features.read({"c": 0, "a": 1})
    Sample(values=array([1., 0.]), present=array([ True, False]), new={'c': 0.0})
    >>> features.read({"a": float("nan")})
    Traceback (most recent call last):
    ...
    ValueError: feature 'a' is nan, not a finite number. Leave it out of the sample (an absent feature counts as its
    mean; missing='mean' does that with None and NaN), or impute it in front of the model.

    """

    def __init__(self, names: Iterable[Any] = (), missing: str = "error") -> None:
        self.skips_missing = missing != "error"
        self._leave_out = _HOLD if missing == "last" else _LEAVE_OUT
        self.names: list[Any] = []
        self.columns: dict[Any, int] = {}
        self.add(names)

    def add(self, names: Iterable[Any]) -> None:
        """Give each name the next free column; all of them or, where one raises, none."""
        start, new = len(self.names), [*names]
        try:
            for column, name in enumerate(new, start):
                if self.columns.setdefault(name, column) != column:
                    raise ValueError(f"feature {shown(name)} is named like another one. Rename it.")
        except BaseException:  # A name of a user's own class may raise whatever it likes.
            while len(self.columns) > start:
                self.columns.popitem()
            raise
        self.names += new
        self._format = f"{len(self.names)}d"

    def replace(self, columns: Iterable[int], names: Iterable[Any]) -> None:
        """Give columns, of which some may be the next free ones, to other names; all or, where one raises, none."""
        kept = [*self.names]
        for column, name in zip(columns, names, strict=True):
            kept[column : column + 1] = [name]
        fresh = {name: column for column, name in enumerate(kept)}
        if len(fresh) < len(kept):
            raise ValueError("two features have one name. Rename one of them.")
        self.columns.clear()  # In place: the extension looks here.
        self.columns.update(fresh)
        self.names = kept
        self._format = f"{len(self.names)}d"

    def read(self, x: Mapping[Any, Any]) -> Sample:
        """The sample as a vector; raises, naming feature and value, before anything is kept."""
        if not isinstance(x, Mapping):
            raise TypeError(f"a sample is a dict of features, not {shown(x)}")
        if len(x) == len(self.names):
            # `get`, for a defaultdict would answer x[name] with a value of its own, and keep it.
            values = [*map(x.get, self.names)]
            if _PLAIN_NUMBERS.issuperset(map(type, values)):
                try:
                    row = np.frombuffer(struct.pack(self._format, *values))
                except (struct.error, ValueError, OverflowError):  # The slow path knows which feature it was.
                    return self._read_any(x)
                if np.isfinite(row).all():
                    return Sample(as_float32(row), None, {})
        return self._read_any(x)

    def named(self, x: Mapping[Any, Any], values: Array, columns: Array) -> dict[Any, Any]:
        """Of values [features] those in the columns that a sample has, by name."""
        return {self.names[column]: float(values[column]) for column in np.sort(columns).tolist()}

    def _read_any(self, x: Mapping[Any, Any]) -> Sample:
        values = np.zeros(len(self.names))
        present = np.zeros(len(self.names), dtype=bool)
        new = {}
        for name, value in x.items():
            if self.skips_missing and is_missing(value):
                check_name(name)
                continue
            number = feature_number(name, value, self._leave_out)
            column = self.columns.get(name)
            if column is not None:
                values[column] = number
                present[column] = True
            else:
                check_name(name)
                new[name] = float(as_float32(np.array(number)))
        return Sample(as_float32(values), None if present.all() else present, {n: new[n] for n in ordered(new)})


_LEAVE_OUT = (
    "Leave it out of the sample (an absent feature counts as its mean; missing='mean' does that with None and NaN), or "
    "impute it in front of the model."
)
_HOLD = "Leave it out of the sample (an absent channel holds its last value, as do None and NaN)."
_TAKE_APART = "Take numbers from it in front of the model, such as its month, or leave it out of the sample."
_ENCODE = "Encode it in front of the model, for example with river.preprocessing.OneHotEncoder."

# Features beyond are taken as this: differences still fit a float32.
LIMIT = 1e38


def bounded(number: float) -> float:
    """A number as it is taken: no further from 0 than a feature may be."""
    return min(max(number, -LIMIT), LIMIT)


def as_float32(values: Array) -> Array:
    """The numbers that a float32 holds, in float64: whatever the model is, an exported file sees no more than these."""
    return np.minimum(np.maximum(values, -LIMIT), LIMIT).astype(np.float32).astype(np.float64)


def check_name(name: Any) -> None:
    """Raise for a name that would never be found again."""
    if name != name:
        raise ValueError(f"a feature is named {shown(name)}, which does not equal itself. Rename it.")


def feature_number(name: Any, value: Any, leave_out: str = _LEAVE_OUT) -> float:
    """The value of a feature as a float, or an error that names both and says what to do."""
    try:
        return finite_number(value)
    except (TypeError, ValueError) as error:
        raise type(error)(f"feature {shown(name)} is {error}. {_remedy(value, leave_out)}") from None


def _remedy(value: Any, leave_out: str) -> str:
    if isinstance(value, str):
        return _ENCODE
    if isinstance(value, date):
        return _TAKE_APART
    if isinstance(value, np.ndarray) and value.ndim in (2, 3):
        return f"For a model that takes windows or images declare input_shape={value.shape}."
    return leave_out


def is_missing(value: Any) -> bool:
    """Whether a value stands for none: None, or not a number in any type of numbers."""
    if isinstance(value, float):
        return math.isnan(value)
    if isinstance(value, Decimal):
        return value.is_nan()
    return value is None or (isinstance(value, np.floating) and bool(np.isnan(value)))


def finite_number(value: Any) -> float:
    """The value as a float, or an error that says what it is instead."""
    if isinstance(value, str):
        raise TypeError(f"the text {shown(value)}, not a number")
    # A timedelta64 is an integer by its class.
    if not isinstance(value, numbers.Real | Decimal | np.bool_) or isinstance(value, np.timedelta64):
        raise TypeError(f"{shown(value)}, not a number")
    try:
        number = float(value)
    except OverflowError:
        raise ValueError(f"{shown(value)}, beyond the range of a float") from None
    except ValueError:  # Decimal("sNaN")
        number = math.nan
    except Exception:  # A class of one's own may do anything.
        raise TypeError(f"{shown(value)}, not a number") from None
    if not math.isfinite(number):
        raise ValueError(f"{shown(value)}, not a finite number")
    return number


def shown(value: Any) -> str:
    # An int of 5,000 digits has no repr, and nobody reads 10,000 array elements in an error.
    try:
        text = " ".join(repr(value).split())
    except Exception:
        return f"a {type(value).__name__} that cannot be shown"
    kind = "" if isinstance(value, str | float) or value is None else f" ({type(value).__name__})"
    return (text if len(text) <= 60 else f"{text[:57]}...") + kind


def ordered(names: Collection[Any]) -> list[Any]:
    # Only text and whole numbers have an order that is sure to be total.
    if {*map(type, names)} in ({str}, {int}):
        return sorted(names)
    return sorted(names, key=lambda name: (type(name).__name__, repr(name)))
