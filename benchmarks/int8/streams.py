"""What is learned, and then predicted: a stream of River's, and a generated one that is wide."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from river import datasets

from streamnorm.typing import Array


class Stream(NamedTuple):
    name: str
    X: Array
    y: Array

    @property
    def learned(self) -> int:
        """How many rows are learned; the others are predicted."""
        return len(self.y) * 2 // 3


def streams() -> Iterator[Stream]:
    rows = [*datasets.ImageSegments()]
    yield Stream("ImageSegments", np.array([[*x.values()] for x, _ in rows]), np.array([y for _, y in rows]))
    # 256 noisy sensors of eight hidden causes; the label is the largest product of two causes.
    rng = np.random.default_rng(42)
    causes = rng.standard_normal((6_000, 8))
    sensors = np.tanh(causes @ rng.standard_normal((8, 256))) + 0.5 * rng.standard_normal((6_000, 256))
    yield Stream("256 sensors", sensors, (causes[:, :4] * causes[:, 4:]).argmax(axis=1).astype(str))
