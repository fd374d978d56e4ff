"""The latest values of a series as a window that filters slide along."""

from __future__ import annotations

from typing import Any

import numpy as np

from streamnorm.history import History
from streamnorm.typing import Array


class HistoryWindow(History):
    """A `History` whose differences are one array [channels, lags + 1], oldest first.

    The first channel are the differences to the last value, of which its own is 0; the second, where there is a season,
    those to the values of a season before.

    Parameters
    ----------
    lags, season, horizon
        As for `History`.

    Attributes
    ----------
    shape
        Of the array.

    Examples
    --------
    >>> history = HistoryWindow(lags=2, season=2, horizon=1)
    >>> for y in (1.0, 5.0, 2.0, 7.0, 4.0):
    ...     history.add(y)
    >>> history.sample(history.values)
    {'lags': array([[-2.,  3.,  0.],
           [ 1.,  2.,  2.]])}

    """

    def __init__(self, lags: int, season: int, horizon: int) -> None:
        super().__init__(lags, season, horizon)
        self.shape = window_shape(lags, season)
        self.names = [*range(self.shape[0])]

    def inputs(self, values: Array) -> Array:
        """What the network is shown behind these values."""
        latest = values[-self.lags - 1 :]
        channels = [latest - latest[-1]]
        if self.season:
            channels.append(latest - values[-self.needed : -self.season])
        return np.stack(channels)

    def sample(self, values: Array) -> dict[Any, Any]:
        """`inputs` under a name."""
        return {"lags": self.inputs(values)}


def window_shape(lags: int, season: int) -> tuple[int, int]:
    """Channels and steps."""
    return 2 if season else 1, lags + 1
