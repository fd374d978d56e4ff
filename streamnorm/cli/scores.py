"""What a model is worth on samples that it has not learned yet."""

from __future__ import annotations

import math
from typing import Any, Protocol

from river import metrics, stats

SMALLEST_P = 1e-15
REGRESSION: dict[str, Any] = {"mae": metrics.MAE, "rmse": metrics.RMSE, "r2": metrics.R2}


class Scores(Protocol):
    """The metrics of a task."""

    def test(self, model: Any, x: dict[Any, Any], y: Any) -> None:
        """Predict a sample and judge the prediction."""

    def values(self) -> dict[str, float]:
        """The metrics so far, the one to watch first."""


class ClassificationScores:
    """Accuracy and log loss, and the accuracy of saying the last label again.

    River's `LogLoss` knows two classes only, and its `CrossEntropy` charges nothing for a class that the model has
    never seen. Here such a class has the probability of a guess among the known classes and one more.
    """

    def __init__(self) -> None:
        self._accuracy = stats.Mean()
        self._log_loss = stats.Mean()
        self._no_change = stats.Mean()
        self._last: Any = None

    def test(self, model: Any, x: dict[Any, Any], y: Any) -> None:
        p = model.predict_proba_one(x)
        self._accuracy.update(float(max(p, key=p.get, default=None) == y))
        self._log_loss.update(-math.log(max(p.get(y, 1 / (len(p) + 1)), SMALLEST_P)))
        self._no_change.update(float(self._last == y))
        self._last = y

    def values(self) -> dict[str, float]:
        return {
            "accuracy": self._accuracy.get(),
            "log_loss": self._log_loss.get(),
            "no_change_accuracy": self._no_change.get(),
        }


class RegressionScores:
    """Mean absolute error, root mean squared error and R2, and the mean absolute error of saying the last target again.

    Before the first, that is 0, as a model's prediction is.
    """

    def __init__(self) -> None:
        self._metrics = {name: metric() for name, metric in REGRESSION.items()}
        self._no_change = REGRESSION["mae"]()
        self._last = 0.0

    def test(self, model: Any, x: dict[Any, Any], y: Any) -> None:
        prediction = model.predict_one(x)
        for metric in self._metrics.values():
            metric.update(y, prediction)
        self._no_change.update(y, self._last)
        self._last = y

    def values(self) -> dict[str, float]:
        return {name: metric.get() for name, metric in self._metrics.items()} | {"no_change_mae": self._no_change.get()}
