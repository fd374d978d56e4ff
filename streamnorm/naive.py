"""Forecasts that need no model, and how far each of them, and a model, can be trusted at each step ahead."""

from __future__ import annotations

import numpy as np

from streamnorm.typing import Array

# How fast the shares follow the errors, in units of the naive forecasts' mean error. From 0.05 to 0.2 alike; 0.5 is
# worse on most series, since errors of windows that overlap come in runs.
HEDGE = 0.1
# What the shares give away evenly at every value, so that none is lost for good.
SHARE = 1e-3
# An error counts as at most so many mean errors.
WORST = 10.0


class Naive:
    r"""Naive forecasts of each step ahead, and shares that say how far each of them is trusted.

    For $y_{t+h}$ there are the last value $y_t$ and, where the series has a season of $m$ steps, the value of a season
    before, $s_{t+h}$, and that value moved by the change since, $s_{t+h} + y_t - y_{t-m}$. A model may correct their
    mean. Shares of all of them and of the corrected mean follow the absolute errors by Hedge, for each step ahead by
    itself: one step ahead the last value may be best, and a season ahead that of a season before.

    Parameters
    ----------
    horizon
        Steps ahead.
    season
        Steps until the series repeats itself, 0 where it does not.

    Attributes
    ----------
    shares
        float64 [horizon, forecasts + 1]; each row sums to 1. The last column is the corrected mean.
    error
        Running mean error of the naive forecasts, float64 [horizon].
    judged
        How many forecasts have been judged, int64 [1].

    Examples
    --------
    With a season of three and the change since the last one:

    >>> naive = Naive(horizon=4, season=3)
    >>> naive.forecasts(np.array([1.0, 2.0, 4.0, 3.0]), known=4).T
    array([[3., 3., 3., 3.],
           [2., 4., 3., 2.],
           [4., 6., 5., 4.]])

    """

    def __init__(self, horizon: int, season: int) -> None:
        self.season = season
        n = 4 if season else 2
        self.shares: Array = np.full((horizon, n), 1.0 / n)
        self.error: Array = np.zeros(horizon)
        self.judged: Array = np.zeros(1, dtype=np.int64)
        # Where s stands, counted from the end.
        self._before = np.arange(horizon) % season - season if season else np.zeros(0, dtype=np.int64)

    def forecasts(self, values: Array, known: int) -> Array:
        """Each naive forecast [horizon, forecasts], behind values of which the last `known` are known."""
        last = np.full(len(self.shares), values[-1])
        if not self.season:
            return last[:, None]
        if known < self.season:
            return np.stack([last, last, last], axis=1)
        seasonal = values[self._before]
        change = values[-1] - values[-1 - self.season] if known > self.season else 0.0
        return np.stack([last, seasonal, seasonal + change], axis=1)

    def mean(self, forecasts: Array) -> Array:
        """The mean of the naive forecasts by their shares [horizon]."""
        shares = self.shares[:, :-1]
        mean: Array = (shares * forecasts).sum(axis=1) / shares.sum(axis=1)
        return mean

    @property
    def trust(self) -> Array:
        """How much of its correction a model is trusted with [horizon]."""
        return self.shares[:, -1]

    def judge(self, forecasts: Array, corrected: Array, values: Array) -> None:
        """Shares follow the errors of naive forecasts and of the corrected mean, now that the values are known."""
        errors = np.abs(np.column_stack([forecasts, corrected]) - values[:, None])
        self.judged += 1
        self.error += (errors[:, :-1].mean(axis=1) - self.error) / self.judged
        losses = np.minimum(errors, WORST * self.error[:, None]) / np.where(self.error, self.error, 1.0)[:, None]
        shares = self.shares * np.exp(-HEDGE * losses)
        self.shares[:] = (1.0 - SHARE) * shares / shares.sum(axis=1, keepdims=True) + SHARE / shares.shape[1]

    def arrays(self) -> dict[str, Array]:
        """Every array under its name in a checkpoint."""
        return {"shares": self.shares, "error": self.error, "judged": self.judged}
