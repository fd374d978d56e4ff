"""What tests of models over arrays need: the estimators, a target for each, and windows of waves with a class each."""

from __future__ import annotations

from typing import Any

import numpy as np

from streamnorm import (
    Conv1d,
    GlobalMaxPool,
    MaxPool,
    NormPropAnomalyDetector,
    NormPropClassifier,
    NormPropMultiLabelClassifier,
    NormPropMultiTargetRegressor,
    NormPropRegressor,
)

SHAPE = (2, 12)
HIDDEN = (Conv1d(3, 3), MaxPool(2), Conv1d(4, 3, 2, "valid"), GlobalMaxPool(), 4)
# The target of a class, 0 or 1.
TARGETS = {
    NormPropClassifier: lambda y: ["slow", "fast"][y],
    NormPropRegressor: float,
    NormPropMultiLabelClassifier: lambda y: {"fast": bool(y), "slow": not y},
    NormPropMultiTargetRegressor: lambda y: {"speed": float(y), "calm": 1.0 - y},
    NormPropAnomalyDetector: None,
}


def waves(n: int, seed: int = 1) -> list[tuple[np.ndarray, int]]:
    """Windows of slow and fast waves in two channels of unlike scale, with a phase of their own."""
    rng = np.random.default_rng(seed)
    steps = np.arange(SHAPE[1])
    stream = []
    for i in range(n):
        y = i % 2
        wave = np.sin(steps * (0.5 + y) + rng.uniform(0.0, 6.28))
        noise = 0.3 * rng.standard_normal(SHAPE)
        stream.append((np.stack([wave, 100.0 * wave[::-1] + 50.0]) + noise, y))
    return stream


def teach(model: Any, x: dict[Any, Any], y: int = 0) -> None:
    """One sample of a class, whatever the model learns of it."""
    target = TARGETS[type(model)]
    model.learn_one(x, target(y)) if target else model.learn_one(x)


def told(model: Any, x: dict[Any, Any]) -> Any:
    """What the model says of a sample."""
    if isinstance(model, NormPropAnomalyDetector):
        return model.score_one(x)
    return model.predict_proba_one(x) if hasattr(model, "predict_proba_one") else model.predict_one(x)


def trained(estimator: type, n: int = 40, **arguments: Any) -> Any:
    model = estimator(**{"hidden": HIDDEN, "input_shape": SHAPE, "seed": 1, **arguments})
    for window, y in waves(n):
        teach(model, {"window": window}, y)
    return model
