"""What an estimator is given, or an error that names the argument, the value and what would be right."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Any

import numpy as np

from streamnorm.features import LIMIT, bounded, finite_number

# A sample of more weight counts as this. By then its output has reached the target: further repeats would move nothing.
LARGEST_WEIGHT = 100.0
# Larger arrays, and layers that make more of them together, are typing errors, or hostile files: weights say nothing of
# either.
MOST_VALUES = 2**20
MOST_ACTIVATIONS = 2**22


def checked_weight(w: Any) -> float:
    """A sample weight as a float, at most 100; raises for what is none."""
    if type(w) is float and 0.0 <= w <= LARGEST_WEIGHT:
        return w
    try:
        weight = finite_number(w)
    except (TypeError, ValueError) as error:
        raise type(error)(f"the sample weight is {error}. Use a number of 0 or more.") from None
    if weight < 0.0:
        raise ValueError(f"the sample weight is {weight:g}. Use a number of 0 or more.")
    return min(weight, LARGEST_WEIGHT)


def is_count(value: Any, at_least: int = 1) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool) and bool(value >= at_least)


def checked_shape(shape: Any) -> tuple[int, ...]:
    """The shape of an array that is a sample, as ints; raises for what is none."""
    if not isinstance(shape, tuple) or len(shape) not in (2, 3) or not all(map(is_count, shape)):
        raise ValueError(f"input_shape is (channels, steps) or (channels, height, width), or None, not {shape!r:.60}")
    if math.prod(map(int, shape)) > MOST_VALUES:
        raise ValueError(f"input_shape={shape!r:.60} has more values than the {MOST_VALUES:,} that an array may have")
    return tuple(map(int, shape))


def require_flag(name: str, value: Any) -> None:
    if not isinstance(value, bool):
        raise ValueError(f"{name} is True or False, not {value!r}")


def require_one_of(name: str, value: Any, choices: Collection[str]) -> None:
    if not (isinstance(value, str) and value in choices):
        raise ValueError(f"{name} is one of {', '.join(map(repr, choices))}, not {value!r}")


def checked_horizon(horizon: Any) -> int:
    """How many steps ahead to forecast; raises for what is no count."""
    if not is_count(horizon):
        raise ValueError(f"horizon is an int of 1 or more, not {horizon!r}")
    return int(horizon)


def checked_value(y: Any) -> float:
    """A target as a float, at most as large as a feature may be; raises an error that says what it is instead."""
    return bounded(finite_number(y))


def checked_truth(y: Any) -> float:
    """Whether a label applies, as 1 or 0; raises an error that says what the value is instead."""
    if y is True or y is False:
        return float(y)
    truth = finite_number(y)
    if truth not in (0.0, 1.0):
        raise ValueError(f"{truth:g}, neither true nor false")
    return truth


def checked_target(y: Any) -> float:
    """A target as a float, at most as large as a feature may be; raises for what is none."""
    if type(y) is float and -LIMIT <= y <= LIMIT:
        return y
    try:
        return checked_value(y)
    except (TypeError, ValueError) as error:
        remedy = "Classify it with NormPropClassifier." if isinstance(y, str) else "Leave the sample out."
        raise type(error)(f"the target is {error}. {remedy}") from None
