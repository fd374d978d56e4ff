"""A series as samples for a learner, and its predictions as forecasts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from streamnorm.arguments import checked_horizon, checked_value
from streamnorm.beside import Beside
from streamnorm.features import LIMIT
from streamnorm.history import History
from streamnorm.history_window import HistoryWindow
from streamnorm.naive import Naive
from streamnorm.typing import Array

# What a network is shown.
Shown = dict[Any, Any]
# Of what was shown, and how far off the naive forecasts were [horizon], the correction [horizon] of before learning.
Learn = Callable[[Shown, Array], Array]
# The correction [horizon] of the naive forecasts.
Correct = Callable[[Shown], Array]


class Series:
    """A series as it has been so far: each window whose horizon is known teaches what is wrong with the naive
    forecasts, and what follows is forecast on the latest values. Who learns, a live network or a file's, is handed in.

    Parameters
    ----------
    lags, horizon, season
        As for `NormPropForecaster`; a season of 0 is none.
    window
        Whether a network slides along the values.

    """

    def __init__(self, lags: int, horizon: int, season: int, window: bool = False) -> None:
        self.horizon = horizon
        self.history = (HistoryWindow if window else History)(lags, season, horizon)
        self.naive = Naive(horizon, season)
        self.beside = Beside(horizon)

    @staticmethod
    def checked(y: Any) -> float:
        """A value of the series; raises for what is no number."""
        try:
            return checked_value(y)
        except (TypeError, ValueError) as error:
            remedy = "Fill the gap, for example with a forecast."
            raise type(error)(f"the value of the series is {error}. {remedy}") from None

    def ahead(self, horizon: int, xs: Sequence[Any] | None, inputs: Sequence[Any]) -> list[Shown]:
        """The features of each step to forecast; raises where a network with these inputs needs other ones."""
        # Learned from, or about to be.
        with_features = len(inputs) > len(self.history.names) or any(self.beside.steps)
        return self.beside.ahead(checked_horizon(horizon), xs, with_features)

    def learn(self, learn: Learn, value: float, x: dict[Any, float]) -> None:
        """Take the next value, and learn from the window whose horizon ends with it."""
        window = np.append(self.history.values[1:], value)
        values, targets = window[: -self.horizon], window[-self.horizon :]
        known = min(self.history.known + 1, len(window)) - self.horizon
        forecasts = self.naive.forecasts(values, known)
        mean = self.naive.mean(forecasts)
        corrected = mean
        if known >= self.history.needed:
            # Raises, as a feature's name might, before the value is kept.
            steps = [*self.beside.steps, x][-self.horizon :]
            corrected = mean + learn(self._sample(values, steps), targets - mean)
        self.history.add(value)
        self.beside.add(x)
        if known > 0:
            self.naive.judge(forecasts, corrected, targets)

    def forecast(self, correct: Correct, horizon: int, xs: Sequence[dict[Any, float]]) -> list[float]:
        """What follows; beyond the trained horizon the forecasts stand for the values that they follow on."""
        values, known = self.history.values, self.history.known
        told: list[float] = []
        while len(told) < horizon:
            block = self._block(correct, values, known, xs[len(told) : len(told) + self.horizon])
            told += block.tolist()
            values = np.concatenate([values, block])[-len(values) :]
            known += len(block)
        return told[:horizon]

    def _block(self, correct: Correct, values: Array, known: int, xs: Sequence[dict[Any, float]]) -> Array:
        """Forecasts of as many steps as the network has outputs."""
        mean = self.naive.mean(self.naive.forecasts(values, known))
        block: Array = mean + self.naive.trust * correct(self._sample(values, xs))
        return block

    def _sample(self, values: Array, xs: Iterable[dict[Any, float]]) -> Shown:
        """What the network is shown behind these values."""
        sample = self.history.sample(values)
        for step, x in enumerate(xs, 1):
            sample |= {(name, step): value for name, value in x.items()}
        return sample

    def arrays(self) -> dict[str, Array]:
        """Every array but the learner's, under its name in a checkpoint."""
        return {
            **{f"history.{name}": array for name, array in self.history.arrays().items()},
            **{f"naive.{name}": array for name, array in self.naive.arrays().items()},
        }

    def check(self) -> None:
        """Raise ValueError for arrays that learning cannot have left."""
        if (np.abs(self.history.values) > LIMIT).any():
            raise ValueError("a value of the series is larger than any that is taken")
        if (self.naive.error < 0.0).any() or (self.naive.judged < 0).any():
            raise ValueError("an error of the naive forecasts, or their number, is negative")
        shares = self.naive.shares
        if (shares <= 0.0).any() or (abs(shares.sum(axis=1) - 1.0) > 1e-9).any():
            raise ValueError("the shares of the naive forecasts are not above 0, or do not sum to 1")
