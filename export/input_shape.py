"""Arrays as samples: their shape in a file, and values that belong to them."""

from __future__ import annotations

import math
from typing import Any

from streamnorm.arguments import checked_shape
from streamnorm.typing import Array

Shape = tuple[int, ...]


def checked(shape: Any, channels: int) -> Shape:
    """A shape from a file's metadata; raises ValueError for what is none, or has other channels."""
    own = checked_shape(tuple(shape) if isinstance(shape, list) else shape)
    if own[0] != channels:
        raise ValueError(f"its input_shape has {own[0]} channels, and it names {channels}")
    return own


def channels_first(values: Array, shape: Shape) -> Array:
    """Values of a flat array of that shape, channels last, or of its channels, as they lie in the array itself.

    Examples
    --------
    >>> import numpy as np
    >>> channels_first(np.array([1, 10, 2, 20, 3, 30]), (2, 3))
    array([[ 1,  2,  3],
           [10, 20, 30]])
    >>> channels_first(np.array([5, 6]), (2, 3))
    array([[5],
           [6]])

    """
    around = shape[1:] if len(values) == math.prod(shape) else (1,) * len(shape[1:])
    return values.reshape(-1, shape[0]).T.reshape(shape[0], *around)
