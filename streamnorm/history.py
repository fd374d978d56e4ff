"""The latest values of a series, and what a network is shown of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from streamnorm.typing import Array


class History:
    """A window of the latest values, the newest last, long enough to learn from where the horizon began.

    A network sees differences, so that a trend does not lead it where it has never been: of each of the `lags` values
    before the last one to the last; and with a season of each of the latest values to the one a season before.

    Parameters
    ----------
    lags
        How many values before the last are shown.
    season
        Steps until the series repeats itself, 0 where it does not.
    horizon
        How many steps the window reaches further back.

    Attributes
    ----------
    values
        float64 [needed + horizon], 0 where nothing is known yet.
    count
        How many values there have been, int64 [1].
    needed
        How many values `inputs` looks at.
    names
        The inputs.

    Examples
    --------
    >>> history = History(lags=2, season=2, horizon=1)
    >>> for y in (1.0, 5.0, 2.0, 7.0, 4.0):
    ...     history.add(y)
    >>> dict(zip(history.names, history.inputs(history.values).tolist()))
    {'lag 2': -2.0, 'lag 1': 3.0, 'seasonal change 2': 1.0, 'seasonal change 1': 2.0, 'seasonal change 0': 2.0}

    """

    def __init__(self, lags: int, season: int, horizon: int) -> None:
        self.lags = lags
        self.season = season
        self.needed = lags + 1 + season
        self.values: Array = np.zeros(self.needed + horizon)
        self.count: Array = np.zeros(1, dtype=np.int64)
        self.names: list[Any] = [f"lag {i}" for i in range(lags, 0, -1)]
        if season:
            self.names += [f"seasonal change {i}" for i in range(lags, -1, -1)]

    @property
    def known(self) -> int:
        """How many values of the window are known."""
        return min(int(self.count[0]), len(self.values))

    def add(self, y: float) -> None:
        self.values[:-1] = self.values[1:]
        self.values[-1] = y
        self.count += 1

    def inputs(self, values: Array) -> Array:
        """What the network is shown behind these values."""
        latest = values[-self.lags - 1 :]
        lags: Array = latest[:-1] - latest[-1]
        if not self.season:
            return lags
        return np.concatenate([lags, latest - values[-self.needed : -self.season]])

    def sample(self, values: Array) -> dict[Any, Any]:
        """`inputs` by their names."""
        return dict(zip(self.names, self.inputs(values).tolist(), strict=True))

    def arrays(self) -> dict[str, Array]:
        """Every array under its name in a checkpoint."""
        return {"values": self.values, "count": self.count}
