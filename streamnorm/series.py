"""A series as samples for a learner, and its predictions as forecasts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from streamnorm.beside import Beside
from streamnorm.features import LIMIT
from streamnorm.history import History
from streamnorm.learner import Learner
from streamnorm.naive import Naive
from streamnorm.typing import Array


class Series:
    """A series as it has been so far: a learner learns from each window whose horizon is known what is wrong with the
    naive forecasts, and forecasts what follows on the latest values. It gets its outputs with the first window.

    Parameters
    ----------
    lags, horizon, season
        As for `NormPropForecaster`; a season of 0 is none.

    """

    def __init__(self, lags: int, horizon: int, season: int) -> None:
        self.horizon = horizon
        self.history = History(lags, season, horizon)
        self.naive = Naive(horizon, season)
        self.beside = Beside(horizon)

    def with_features(self, learner: Learner) -> bool:
        """Whether anything but values has been learned from, or is about to be."""
        return any(self.beside.steps) or len(learner.features.names) > len(self.history.names)

    def learn(self, learner: Learner, value: float, x: dict[Any, float]) -> None:
        """Take the next value, and learn from the window whose horizon ends with it."""
        self.history.add(value)
        self.beside.add(x)
        known = self.history.known - self.horizon
        if known <= 0:
            return
        values, targets = self.history.values[: -self.horizon], self.history.values[-self.horizon :]
        forecasts = self.naive.forecasts(values, known)
        mean = self.naive.mean(forecasts)
        corrected = mean
        if known >= self.history.needed:
            if not learner.mixture.fan_out:
                learner.add_outputs(self.horizon)
            row = learner.admit(self._sample(values, self.beside.steps))
            corrected = mean + learner.learn_row(row, targets - mean, 1.0)
        self.naive.judge(forecasts, corrected, targets)

    def forecast(self, learner: Learner, horizon: int, xs: Sequence[dict[Any, float]]) -> list[float]:
        """What follows; beyond the trained horizon the forecasts stand for the values that they follow on."""
        values, known = self.history.values, self.history.known
        told: list[float] = []
        while len(told) < horizon:
            block = self._block(learner, values, known, xs[len(told) : len(told) + self.horizon])
            told += block.tolist()
            values = np.concatenate([values, block])[-len(values) :]
            known += len(block)
        return told[:horizon]

    def _block(self, learner: Learner, values: Array, known: int, xs: Sequence[dict[Any, float]]) -> Array:
        """Forecasts of as many steps as the network has outputs."""
        mean = self.naive.mean(self.naive.forecasts(values, known))
        if not learner.mixture.fan_out:
            return mean
        correction = learner.predict_row(learner.known(self._sample(values, xs)))
        block: Array = mean + self.naive.trust * correction
        return block

    def _sample(self, values: Array, xs: Iterable[dict[Any, float]]) -> dict[Any, float]:
        """What the network is shown behind these values."""
        sample = dict(zip(self.history.names, self.history.inputs(values).tolist(), strict=True))
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
