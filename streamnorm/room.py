"""Arrays that grow in place: each time the room is used up there is as much again, so n additions cost linear time."""

from __future__ import annotations

import numpy as np

from streamnorm.typing import Array


def buffer(array: Array) -> Array:
    """The memory that an array lies in: itself, or the larger array at whose start it is."""
    return array if array.base is None else array.base


def lengthened(array: Array, axis: int, n: int) -> Array:
    """The array with n zeros appended along an axis, in its own memory as long as there is room.

    Examples
    --------
    >>> first = lengthened(np.ones((2, 3)), axis=1, n=1)
    >>> buffer(first).shape
    (2, 6)
    >>> second = lengthened(first, axis=1, n=2)
    >>> second.shape, buffer(second) is buffer(first)
    ((2, 6), True)

    """
    shape = [*array.shape]
    shape[axis] += n
    whole = buffer(array)
    if shape[axis] > whole.shape[axis]:
        room = [*whole.shape]
        # An array that was empty gets what it asks for: most streams never show another feature.
        room[axis] = max(shape[axis], 2 * array.shape[axis])
        whole = np.zeros(room, array.dtype)
        whole[tuple(map(slice, array.shape))] = array
    return whole[tuple(map(slice, shape))]
