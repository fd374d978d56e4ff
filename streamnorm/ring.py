"""The last samples of a few channels, in one array that never moves."""

from __future__ import annotations

import numpy as np

from streamnorm.typing import Array


class Ring:
    """The last samples, of which a window may be taken.

    Parameters
    ----------
    capacity
        How many samples are kept.

    Attributes
    ----------
    array
        Values, and 1 where a value is the channel's own, 0 where it is held: [2, channels, capacity]. Sample i stands
        at i modulo the capacity.
    n
        How many samples there have been.

    Examples
    --------
    >>> ring = Ring(3)
    >>> ring.grow(1)
    >>> for value in range(5):
    ...     ring.append(np.array([[value], [1]]))
    >>> ring.window(5, 2)[0]
    array([[3., 4.]])

    """

    def __init__(self, capacity: int) -> None:
        self.array: Array = np.empty((2, 0, capacity))
        self.n = 0

    def grow(self, channels: int) -> None:
        """Append channels, of which no sample so far has a value."""
        self.array = np.pad(self.array, [(0, 0), (0, channels), (0, 0)], constant_values=np.nan)
        self.array[1, len(self.array[1]) - channels :] = 0.0

    def append(self, column: Array) -> None:
        """Add a sample [2, channels]."""
        self.array[:, :, self.n % self.array.shape[2]] = column
        self.n += 1

    def last(self) -> Array:
        """The values of the last sample [channels]; NaN before the first."""
        channels, capacity = self.array.shape[1:]
        return self.array[0, :, (self.n - 1) % capacity] if self.n else np.full(channels, np.nan)

    def window(self, end: int, size: int) -> Array:
        """A copy of the samples before the one at `end` [2, channels, size]."""
        window: Array = self.array.take(np.arange(end - size, end) % self.array.shape[2], axis=2)
        return window
