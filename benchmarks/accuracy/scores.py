"""How right predictions were, over a whole stream, test-then-train."""

from __future__ import annotations

import numpy as np

from benchmarks.accuracy.streams import Stream

LEAST = 1e-15  # A probability counts as at least that, in a log loss.
FLOOR = -1.0  # An R2 counts as at least that, in a mean over streams.


def scores(stream: Stream, guesses: list) -> dict[str, float]:
    if stream.is_classification:
        return {"accuracy": float(np.mean([guess == y for guess, y in zip(guesses, stream.ys, strict=True)]))}
    y, guess = np.array(stream.ys), np.array(guesses, float)
    with np.errstate(all="ignore"):  # Some predictions leave float64.
        unexplained = np.square(y - guess).sum() / np.square(y - y.mean()).sum()
        mae = np.abs(y - guess).mean()
    return {"R2": float(1.0 - unexplained) if np.isfinite(unexplained) else -np.inf, "MAE": float(mae)}


def table_of(probabilities: list[list[float]], n_classes: int) -> np.ndarray:
    """Probabilities [rows, classes]; a class that had not been seen yet has none."""
    result = np.zeros((len(probabilities), n_classes))
    for row, p in zip(result, probabilities, strict=True):
        row[: len(p)] = p
    return result


def truth(stream: Stream, classes: list) -> tuple[np.ndarray, np.ndarray]:
    """The index of each row's class, and whether the class had been seen before: no model names one that was not."""
    place = {label: index for index, label in enumerate(classes)}
    index = np.array([place[y] for y in stream.ys])
    seen = np.ones(len(index), bool)
    seen[np.unique(index, return_index=True)[1]] = False
    return index, seen


def log_loss(stream: Stream, probabilities: list[list[float]], classes: list) -> float:
    index, seen = truth(stream, classes)
    p = table_of(probabilities, len(classes))[seen, index[seen]]
    return float(-np.log(np.maximum(p, LEAST)).mean())


def mean(values: list[float]) -> float:
    return float(np.mean(np.maximum(values, FLOOR)))
