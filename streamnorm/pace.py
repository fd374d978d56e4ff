"""Learning from some of the samples only."""

from __future__ import annotations

import numpy as np

from streamnorm.typing import Array


class Pace:
    """Of the samples that come, every n-th moves the weights.

    Parameters
    ----------
    every
        That n.

    Attributes
    ----------
    count
        How many samples there have been, int64 [1].

    Examples
    --------
    >>> pace = Pace(3)
    >>> [pace.weight(1.0) for _ in range(5)]
    [1.0, 0.0, 0.0, 1.0, 0.0]

    """

    def __init__(self, every: int) -> None:
        self.every = every
        self.count: Array = np.zeros(1, dtype=np.int64)

    def weight(self, weight: float) -> float:
        """What the next sample of that weight counts: nothing if it is not its turn."""
        turn = self.count[0] % self.every == 0
        self.count += 1
        return weight if turn else 0.0
