"""How right predictions were around a change, and how long it took until they were again."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from benchmarks.drift.streams import Stream

BEFORE = 500
AFTER = (500, 1_000, 2_000)
LEVEL = 1_000  # The last rows of a concept: what can be reached on it.
WINDOW = 200
NEAR = 0.02


class Change(NamedTuple):
    """Accuracy in the rows before a change and in the first rows after it, and samples until recovery."""

    before: float
    after: dict[int, float]
    recovery: int


def changes(stream: Stream, right: dict[str, np.ndarray]) -> Iterator[dict[str, Change]]:
    """For each change of a stream what it did to each peer, by whether its predictions were right [rows]."""
    for start, end in itertools.pairwise((*stream.changes, len(stream.ys))):
        bar = np.median([some[end - LEVEL : end].mean() for some in right.values()]) - NEAR
        yield {
            peer: Change(
                some[start - BEFORE : start].mean(),
                {rows: some[start : start + rows].mean() for rows in AFTER},
                recovery(some[start:end], bar),
            )
            for peer, some in right.items()
        }


def recovery(right: np.ndarray, bar: float) -> int:
    """Rows up to the end of the first window whose accuracy reaches the bar; all of them where none does."""
    windows = np.convolve(right, np.full(WINDOW, 1.0 / WINDOW), "valid")
    reached = np.flatnonzero(windows >= bar - 1e-9)  # A mean of 200 is not exact.
    return int(reached[0]) + WINDOW if len(reached) else len(right)
