"""Which channels a window has."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np

from streamnorm.features import FeatureIndex
from streamnorm.typing import Array

_LOG = logging.getLogger("streamnorm")


class Channels:
    """From a dict to a column of a window: channels may come until they are closed, and hold their last values.

    Attributes
    ----------
    index
        The place of each channel.
    open
        Whether channels may still come.
    n_left_out
        How many samples had one that came when they were closed.
    away
        For how many samples each channel has had no value, int64 [channels].
    said
        Whether the log has said of a channel that it was away, bool [channels].

    Examples
    --------
    A column is values, and 1 where a value is the channel's own, 0 where it is held.

    >>> channels = Channels()
    >>> column, new = channels.read({"y": 2.0, "x": 1.0}, np.empty(0))
    >>> column, new
    (array([[1., 2.],
           [1., 1.]]), ['x', 'y'])
    >>> channels.admit(new)
    >>> channels.read({"y": 3.0}, column[0])
    (array([[1., 3.],
           [0., 1.]]), [])

    """

    def __init__(self) -> None:
        self.index = FeatureIndex(missing="last")
        self.open = True
        self.n_left_out = 0
        self.away: Array = np.zeros(0, dtype=np.int64)
        self.said: Array = np.zeros(0, dtype=bool)

    def read(self, x: Any, last: Array) -> tuple[Array, list[Any]]:
        """The column of a sample [2, channels] behind the last values, and its channels that are not known yet."""
        sample = self.index.read(x)
        new = [*sample.new.values()] if self.open else []
        column = np.ones((2, len(sample.values) + len(new)))
        column[0, : len(sample.values)] = sample.values
        column[0, len(sample.values) :] = new
        if sample.present is not None:
            absent = np.flatnonzero(~sample.present)
            column[0, absent], column[1, absent] = last[absent], 0.0
        return column, [*sample.new]

    def admit(self, new: list[Any]) -> None:
        """Take in channels, or note that they came too late."""
        if self.open:
            self.index.add(new)
            self.away, self.said = (np.pad(array, (0, len(new))) for array in (self.away, self.said))
            return
        if not self.n_left_out:
            _LOG.warning(
                "channels %r are left out: the window has %r. Name those that it is to have as channels, or restart it",
                new,
                self.index.names,
            )
        self.n_left_out += 1

    def watch(self, own: Array, limit: int) -> None:
        """Note which channels a sample had, and say of each once that it has been away for that many samples."""
        self.away = np.where(own, 0, self.away + 1)
        gone = (self.away == limit) & ~self.said
        if gone.any():
            self.said |= gone
            names = [self.index.names[i] for i in np.flatnonzero(gone)]
            _LOG.warning("channels %r had no value in %d samples: there is no window until they are back", names, limit)
