"""Millions of samples in one process: memory, accuracy, counters and tracked norms. About five minutes.

    python -m benchmarks.soak [MILLIONS]

Fills the table in docs/robustness.md. The stream is generated and stationary: eight normal features, a label that
depends on a product and a distance, every tenth label drawn by lot.
"""

from __future__ import annotations

import copy
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.page import fill, table
from streamnorm import NormPropClassifier, NormPropRegressor
from streamnorm.export import EdgeLearner, to_onnx

CHUNK = 1_000  # Few enough that making them leaves no holes in memory which look like growth.
EVERY = 10  # A prediction for so many samples learned.
HEAD = ["model", "million samples", "RSS, MB", "accuracy or R²", "recomputed norms move it by", "µs a sample"]


def stream(chunks: range, regression: bool) -> Iterator[list[tuple[dict[str, float], Any]]]:
    names = [f"x{j}" for j in range(8)]
    for chunk in chunks:
        rng = np.random.default_rng([7, chunk])
        X = rng.standard_normal((CHUNK, 8))
        score = X[:, 0] * X[:, 1] + 0.5 * (X[:, 2:] ** 2).sum(axis=1) - 3.0
        if regression:
            y = (100.0 + 10.0 * score + rng.standard_normal(CHUNK)).tolist()
        else:
            y = np.where(rng.random(CHUNK) < 0.1, rng.random(CHUNK) < 0.5, score > 0.0).tolist()
        yield [(dict(zip(names, row, strict=True)), target) for row, target in zip(X.tolist(), y, strict=True)]


def resident() -> float:
    """Megabytes of this process that are in memory now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


def window(model: Any, chunks: range, regression: bool) -> tuple[float, float]:
    """Accuracy or R², and CPU microseconds to learn a sample."""
    n, missed, total, squares, seconds = 0, 0.0, 0.0, 0.0, 0.0
    for samples in stream(chunks, regression):
        for x, y in samples[::EVERY]:
            missed += ((model.predict_one(x) or 0) - y) ** 2  # None before the first label.
            n, total, squares = n + 1, total + y, squares + y * y
        start = time.process_time()
        for x, y in samples:
            model.learn_one(x, y)
        seconds += time.process_time() - start
    score = 1.0 - missed / (squares - total * total / n if regression else n)
    return score, seconds / (len(chunks) * CHUNK) * 1e6


def drift(model: Any, regression: bool) -> float:
    """What the norms that learning keeps up change in a prediction: a copy computes its own."""
    fresh = copy.deepcopy(model)
    (samples,) = stream(range(10**9, 10**9 + 1), regression)
    if regression:
        return max(abs(model.predict_one(x) - fresh.predict_one(x)) for x, _ in samples)
    return max(abs(model.predict_proba_one(x)[True] - fresh.predict_proba_one(x)[True]) for x, _ in samples)


def soak(name: str, model: Any, millions: int, rows: list[list[str]]) -> None:
    regression = "egress" in name
    for million in range(millions):
        score, us = window(model, range(1000 * million, 1000 * (million + 1)), regression)
        moved = "" if isinstance(model, EdgeLearner) else f"{drift(model, regression):.1e}"
        rows.append([name, str(million + 1), f"{resident():.1f}", f"{score:.4f}", moved, f"{us:.1f}"])
        print(*rows[-1], flush=True)


def counters(model: Any, samples: int) -> str:
    learner = model._learner
    steps = [network.step for network in learner.mixture.networks]
    return (
        f"After {samples:,} samples the {type(model).__name__} has counted {int(learner.mixture.samples[0]):,} in its "
        f"mixture, {int(learner.standardizer.count.min()):,} in the statistics of every feature, and "
        f"{min(steps):,} to {max(steps):,} steps of its networks."
    )


def on_a_device(model: NormPropClassifier) -> EdgeLearner:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "soak.onnx")
        to_onnx(model, path, learn=True)
        return EdgeLearner(path)


def main(millions: int) -> None:
    rows: list[list[str]] = []
    classifier = NormPropClassifier(seed=42)
    soak("classifier", classifier, millions, rows)
    regressor = NormPropRegressor(seed=42)
    soak("regressor", regressor, max(millions // 10, 1), rows)
    device = on_a_device(classifier)
    soak("EdgeLearner, from there", device, max(millions // 20, 1), rows)
    counts = [counters(classifier, millions * 10**6), counters(regressor, max(millions // 10, 1) * 10**6)]
    fill("robustness.md", "soak", "\n\n".join([table(HEAD, rows), *counts]))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
