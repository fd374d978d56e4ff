"""Which features have not been seen for longest."""

from __future__ import annotations

import numpy as np

from streamnorm.room import lengthened
from streamnorm.typing import Array


class Recency:
    """When each feature was last in a sample that was learned, for models that keep only so many of them.

    Parameters
    ----------
    limit
        How many features are kept.

    Attributes
    ----------
    clock
        How many samples have been learned, int64 [1].
    seen
        For each column the clock's time when its feature was last present, int64 [features].
    forgotten
        How many features have been forgotten, int64 [1].

    Examples
    --------
    >>> recency = Recency(limit=3)
    >>> recency.grow(3)
    >>> recency.update(np.array([True, False, False]))
    >>> recency.oldest(2, but=np.array([1])).tolist()
    [2, 0]

    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.clock: Array = np.zeros(1, np.int64)
        self.seen: Array = np.zeros(0, np.int64)
        self.forgotten: Array = np.zeros(1, np.int64)

    def grow(self, n: int) -> None:
        """Append n columns."""
        self.seen = lengthened(self.seen, 0, n)

    def update(self, present: Array) -> None:
        """Note a sample that is learned."""
        self.clock += 1
        self.seen[present] = self.clock

    def oldest(self, n: int, but: Array) -> Array:
        """The n columns whose features were not seen for longest, none of `but`; of equals the first ones."""
        order = np.argsort(self.seen, kind="stable")
        chosen: Array = order[~np.isin(order, but)][:n]
        return chosen

    def clear(self, columns: Array) -> None:
        """Columns are another feature's from now on."""
        self.seen[columns] = 0
        self.forgotten += len(columns)

    def arrays(self) -> dict[str, Array]:
        """The arrays under their names in a checkpoint."""
        return {"clock": self.clock, "seen": self.seen, "forgotten": self.forgotten}
