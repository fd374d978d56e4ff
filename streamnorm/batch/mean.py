from __future__ import annotations

import numpy as np

from streamnorm.layers import Pool
from streamnorm.typing import Array


class Mean:
    """A pool of means, which is linear.

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
        mean: Array = (self._grid.gather(a).mean(axis=1) - self._moments.mean) / self._moments.sd
        return mean.reshape(-1, a.shape[1])

    def back(self, a: Array, da: Array) -> Array:
        """The gradient at each point, from behind the pool to in front of it."""
        e = (da / (self._moments.sd * self._grid.area)).reshape(self._grid.positions, 1, -1)
        return self._grid.scatter(np.repeat(e, self._grid.area, axis=1)).reshape(a.shape)

    def gaps(self, a: Array) -> tuple[Array, Array, Array]:
        """Nothing switches."""
        return np.zeros(0), np.zeros(0), np.zeros(0, dtype=np.int64)
