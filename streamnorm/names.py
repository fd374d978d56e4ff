"""Feature names in JSON and back. A name is anything hashable; a file can hold the kinds that JSON tells apart."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np


def to_json(names: Iterable[Any]) -> list[Any]:
    """Names as JSON values: tuples become lists, which cannot be names themselves.

    Raises
    ------
    TypeError
        For a name that is not a str, int, float, bool, None or a tuple of these.

    Examples
    --------
    >>> to_json(["price", 7, ("a", 1)])
    ['price', 7, ['a', 1]]

    """
    return [_encoded(name) for name in names]


def from_json(names: Any) -> list[Any]:
    """The names that `to_json` was given; raises ValueError for what it cannot have written."""
    if not isinstance(names, list):
        raise ValueError(f"feature names are a list, not {names!r}")
    decoded = [_decoded(name) for name in names]
    if len(set(decoded)) != len(decoded):
        raise ValueError("a feature name stands twice")
    return decoded


def _encoded(name: Any) -> Any:
    if isinstance(name, np.generic):
        name = name.item()
    if isinstance(name, tuple):
        return to_json(name)
    if isinstance(name, float) and not math.isfinite(name):
        raise TypeError(f"feature name {name!r} is no number in JSON. Rename it in front of the model.")
    if name is None or type(name) in (str, int, float, bool):
        return name
    if isinstance(name, str):
        return str.__str__(name)  # Of an enum's member str() is another text.
    raise TypeError(
        f"feature name {name!r} is a {type(name).__name__}: a file holds names that are str, int, float, bool or a "
        "tuple of these. Rename it in front of the model."
    )


def _decoded(name: Any) -> Any:
    if isinstance(name, dict):
        raise ValueError(f"{name!r} is not a feature name")
    return tuple(_decoded(part) for part in name) if isinstance(name, list) else name
