"""What the encoders share: the categories of a feature, which are all texts or all numbers."""

from __future__ import annotations

from collections.abc import Collection
from numbers import Real
from typing import Any

import numpy as np

from .table import NUMBER, TEXT, Kind

# From here on float32 numbers are further apart than 1: an id that is unseen may round to one that is known.
TOO_LARGE = 2**24


def kind_of(categories: Collection[Any], feature: Any, step: str) -> Kind:
    """The kind of input that a feature with these categories has in a file."""
    if None in categories or "" in categories:
        raise ValueError(
            f"{step} has {None if None in categories else ''!r} among the categories of {feature!r}, which stands for "
            "an absent value in a file. Impute it in front, or leave the feature out of such samples"
        )
    if all(isinstance(category, str) for category in categories):
        return TEXT
    if not all(isinstance(category, Real) for category in categories):
        raise ValueError(
            f"{step} has the categories {sorted(map(repr, categories))[:5]} of {feature!r}, "
            "where those of a file are all texts or all numbers"
        )
    large = [category for category in categories if abs(category) >= TOO_LARGE]
    if large:
        raise ValueError(
            f"{step} has the category {large[0]!r} of {feature!r}: from 2**24 on a float32 rounds whole numbers to one "
            "another. Use texts"
        )
    if len({float(np.float32(category)) for category in categories}) < len(categories):
        raise ValueError(f"{step} has categories of {feature!r} that are the same as float32 numbers: use texts")
    return NUMBER
