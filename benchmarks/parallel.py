"""Two models in two threads beside the same two one after the other: the interpreter is free while rows are learned.

    python -m benchmarks.parallel

Fills the figure in docs/robustness.md.
"""

from __future__ import annotations

import os
import statistics
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from benchmarks.page import fill
from streamnorm import NormPropClassifier

ROWS = 20_000


def main() -> None:
    X = np.random.default_rng(1).standard_normal((ROWS, 32))
    y = X[:, 0] > X[:, 1]
    models = [NormPropClassifier(seed=seed) for seed in (1, 2)]
    apart, together = [], []
    with ThreadPoolExecutor(2) as pool:
        for _ in range(15):
            start = time.perf_counter()
            for model in models:
                model.learn_many(X, y)
            between = time.perf_counter()
            list(pool.map(lambda model: model.learn_many(X, y), models))
            apart.append(between - start)
            together.append(time.perf_counter() - between)
    fill(
        "robustness.md",
        "parallel",
        f"Two models, {ROWS:,} rows of 32 features each, {os.cpu_count()} cores: {statistics.median(apart):.2f} s one "
        f"after the other, {statistics.median(together):.2f} s in two threads (medians of 15; fastest "
        f"{min(apart):.2f} s and {min(together):.2f} s).",
    )


if __name__ == "__main__":
    main()
