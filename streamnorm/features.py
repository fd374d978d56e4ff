"""From a dict to a vector: which feature lives in which column."""

from __future__ import annotations

import math
import numbers
import struct
from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from streamnorm.moments import Array

# Exact types that `struct` packs as the number they are. It would also take a 0-d array or a complex NumPy scalar.
_PLAIN_NUMBERS = frozenset(
    {bool, int, float, Decimal, Fraction, np.bool_} | {np.dtype(code).type for code in "bhilqBHILQefd"}
)


class Sample(NamedTuple):
    """A dict of features as a vector.

    Parameters
    ----------
    values
        float64 [features], 0 where a feature is absent.
    present
        bool [features], or None when every known feature is there.
    new
        Features that have no column yet, with their values, in an order that does not depend on the dict's.

    """

    values: Array
    present: Array | None
    new: dict[Any, float]


class FeatureIndex:
    """Columns of named features, in the order in which the stream showed them. Append-only.

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
    ValueError: feature 'a' is nan, not a finite number. Leave it out of the sample (an absent feature counts as
    its mean) or impute it in front of the model.

    """

    def __init__(self, names: Iterable[Any] = ()) -> None:
        self.names: list[Any] = []
        self._columns: dict[Any, int] = {}
        self.add(names)

    def add(self, names: Iterable[Any]) -> None:
        """Give each name the next free column."""
        for name in names:
            self._columns[name] = len(self.names)
            self.names.append(name)
        self._format = f"{len(self.names)}d"

    def read(self, x: Mapping[Any, Any]) -> Sample:
        """The sample as a vector; raises, naming feature and value, before anything is kept."""
        try:
            if len(x) == len(self.names):
                values = [*map(x.__getitem__, self.names)]
                if _PLAIN_NUMBERS.issuperset(map(type, values)):
                    row = np.frombuffer(struct.pack(self._format, *values))
                    if np.isfinite(row).all():
                        return Sample(row, None, {})
        except (KeyError, TypeError, AttributeError, OverflowError, ValueError, struct.error):
            pass  # The slow path knows which feature it was.
        return self._read_any(x)

    def _read_any(self, x: Mapping[Any, Any]) -> Sample:
        if not isinstance(x, Mapping):
            raise TypeError(f"a sample is a dict of features, not {_shown(x)}")
        values = np.zeros(len(self.names))
        present = np.zeros(len(self.names), dtype=bool)
        new = {}
        for name, value in x.items():
            number = finite_number(value, f"feature {name!r}", _ABSENT)
            column = self._columns.get(name)
            if column is None:
                new[name] = number
            else:
                values[column] = number
                present[column] = True
        return Sample(values, None if present.all() else present, {name: new[name] for name in _ordered(new)})


_ABSENT = "Leave it out of the sample (an absent feature counts as its mean) or impute it in front of the model."
_TEXT = "Encode it in front of the model, for example with river.preprocessing.OneHotEncoder."


def finite_number(value: Any, what: str, remedy: str) -> float:
    """The value as a float, or an error that says what was wrong with it."""
    if isinstance(value, str):
        raise TypeError(f"{what} is the text {_shown(value)}, not a number. {_TEXT}")
    if not isinstance(value, numbers.Real | Decimal | np.bool_):
        raise TypeError(f"{what} is {_shown(value)}, not a number. {remedy}")
    try:
        number = float(value)
    except OverflowError:
        raise ValueError(f"{what} is {_shown(value)}, beyond the range of a float. {remedy}") from None
    except ValueError:  # Decimal("sNaN")
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f"{what} is {_shown(value)}, not a finite number. {remedy}")
    return number


def _shown(value: Any) -> str:
    # An int of 5,000 digits has no repr, and nobody reads 10,000 array elements in an error.
    try:
        text = repr(value)
    except ValueError:
        return f"a huge {type(value).__name__}"
    kind = "" if isinstance(value, str | float) or value is None else f" ({type(value).__name__})"
    return (text if len(text) <= 60 else f"{text[:57]}...") + kind


def _ordered(names: Iterable[Any]) -> tuple[Any, ...]:
    try:
        return tuple(sorted(names))
    except TypeError:  # Names of several types have no order of their own.
        return tuple(sorted(names, key=lambda name: (type(name).__name__, repr(name))))
