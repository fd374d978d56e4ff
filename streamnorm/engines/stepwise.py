"""The learner's arithmetic in Python, around an engine that steps one network at a time."""

from __future__ import annotations

from typing import Any

import numpy as np

from streamnorm.engines import NetworkEngine
from streamnorm.features import as_float32
from streamnorm.losses import CrossEntropy, Loss, Reconstruction
from streamnorm.mixture import Mixture
from streamnorm.recency import Recency
from streamnorm.standardizer import Standardizer
from streamnorm.typing import Array
from streamnorm.unscaled import Unscaled


class Stepwise:
    """Standardises, predicts with the mixture, steps every replica, and counts the sample in the statistics.

    A sample is standardised with the statistics of the samples before it, so that learning sees the very input that
    predicting saw.

    Parameters
    ----------
    mixture
        The replicas and what each of them counts.
    standardizer
        What becomes of the features before the network.
    target
        Statistics of the target of a regression, None for classes.
    loss
        What the output is judged by.
    steps
        For each replica the engine that steps it.
    recency
        What notes which features a sample had, where features may be forgotten.

    """

    def __init__(
        self,
        mixture: Mixture,
        standardizer: Standardizer | Unscaled,
        target: Standardizer | None,
        loss: Loss,
        steps: list[NetworkEngine],
        recency: Recency | None = None,
    ) -> None:
        self.mixture = mixture
        self.standardizer = standardizer
        self.target = target
        self.loss = loss
        self.steps = steps
        self.recency = recency

    def predict_dict(self, x: Any, outputs: list[Any]) -> dict[Any, float] | None:
        """Dicts are read by the feature index."""
        return None

    def learn_dict(self, x: Any, target: Any, weight: float) -> bool:
        """Dicts are read by the feature index."""
        return False

    def hold(self) -> None:
        """Dicts wait for their turn in any case."""

    def release(self) -> None:
        """Dicts wait for their turn in any case."""

    def follow(self) -> bool:
        """A new one costs nothing, and torch's tensors do not grow."""
        return False

    def predict_rows(self, X: Array, columns: Array) -> Array:
        """What the mixture says of each row [rows, fan_out]."""
        predictions = np.empty((len(X), self.mixture.fan_out))
        for row, prediction in zip(X, predictions, strict=True):
            values, present = self._spread(row, columns)
            h = self._input(values, present)
            prediction[:] = self._told([step.forward(h) for step in self.steps], h, present)
        return predictions

    def learn_rows(self, X: Array, columns: Array, targets: Array, weights: Array) -> Array:
        """Learn row by row, and give what the mixture said of each before it [rows, fan_out]."""
        predictions = np.empty((len(X), self.mixture.fan_out))
        for row, target, weight, prediction in zip(X, targets, weights, predictions, strict=True):
            prediction[:] = self._learn(*self._spread(row, columns), target, float(weight))
        return predictions

    def _learn(self, values: Array, present: Array, target: Array, weight: float) -> Array:
        h = self._input(values, present)
        aim = self._aim(target, h, present)
        if np.isnan(aim).all():  # There is nothing to judge the replicas by.
            weight = 0.0
        if weight:  # Optimisers would count a sample of no weight in their averages.
            outputs = [step.learn(h, aim, weight) for step in self.steps]
        else:
            outputs = [step.forward(h) for step in self.steps]
        prediction = self._told(outputs, h, present)
        if weight:
            self.mixture.update([self.loss.blame(output, aim) for output in outputs], weight)
        self.standardizer.update(values, present)
        if self.recency:
            self.recency.update(present)
        if self.target:
            known = ~np.isnan(target)
            self.target.update(np.where(known, target, 0.0), known)
        return prediction

    def _aim(self, target: Array, h: Array, present: Array) -> Any:
        if isinstance(self.loss, CrossEntropy):
            return int(target)
        if isinstance(self.loss, Reconstruction):
            return np.where(present, h, np.nan)
        return self.target.transform(target) if self.target else target

    def _spread(self, row: Array, columns: Array) -> tuple[Array, Array]:
        values = np.zeros(self.mixture.fan_in)
        present = np.zeros(self.mixture.fan_in, dtype=bool)
        here = ~np.isnan(row)
        values[columns[here]] = as_float32(row[here])
        present[columns[here]] = True
        return values, present

    def _input(self, values: Array, present: Array) -> Array:
        # An absent feature is its mean, which is 0 after standardising.
        h: Array = self.standardizer.transform(values) * present
        return h.astype(self.mixture.networks[0].dtype)

    def _told(self, outputs: list[Array], h: Array, present: Array) -> Array:
        mixed: Array = self.mixture.weights @ np.array([self.loss.prediction(output) for output in outputs])
        if isinstance(self.loss, Reconstruction):
            return np.where(present, mixed - h, 0.0)
        return mixed if self.target is None else self.target.mean + self.target.sd * mixed
