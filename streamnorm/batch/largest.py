from __future__ import annotations

import numpy as np

from streamnorm.layers import Pool
from streamnorm.typing import Array


class Largest:
    """A pool of largest values, which bends where another value of a patch becomes the largest.

    Parameters
    ----------
    pool
        What it is.

    """

    def __init__(self, pool: Pool) -> None:
        self._grid = pool.grid
        self._moments = pool.moments

    def inner(self, a: Array) -> Array:
        """The values themselves."""
        return a

    def outer(self, a: Array) -> Array:
        """What the pool hands on."""
        largest: Array = (self._patches(a).max(axis=1) - self._moments.mean) / self._moments.sd
        return largest.reshape(-1, a.shape[1])

    def back(self, a: Array, da: Array) -> Array:
        """The gradient at each point, from behind the pool to in front of it."""
        patches = self._patches(a)
        places = patches.argmax(axis=1, keepdims=True)
        e = np.zeros_like(patches)
        np.put_along_axis(e, places, (da / self._moments.sd).reshape(places.shape), axis=1)
        return self._grid.scatter(e.reshape(self._grid.positions, self._grid.area, -1)).reshape(a.shape)

    def gaps(self, a: Array) -> tuple[Array, Array, Array]:
        """Where, from a point to the next, another value is the largest: by how much the first one of them is larger
        than the second at either point, and behind which point."""
        patches = self._patches(a)
        places = patches.argmax(axis=1)
        patch, channel, point = np.nonzero(places[..., :-1] != places[..., 1:])
        first, second = places[patch, channel, point], places[patch, channel, point + 1]
        start, end = (
            patches[patch, first, channel, point + k] - patches[patch, second, channel, point + k] for k in (0, 1)
        )
        return start, end, point

    def _patches(self, a: Array) -> Array:
        """[positions, area, channels, points]"""
        return self._grid.gather(a).reshape(self._grid.positions, self._grid.area, -1, a.shape[1])
