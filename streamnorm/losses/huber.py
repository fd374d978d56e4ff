from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from streamnorm.typing import Array


@dataclass(frozen=True)
class Huber:
    r"""Squared error for small errors, absolute error beyond one standard deviation of the target.

    $$L = \begin{cases} e^2 / 2 & |e| \le 1 \\ |e| - 1/2 & otherwise \end{cases},
    \qquad \partial L / \partial o = clip(e, -1, 1), \qquad e = o - y$$
    """

    def value(self, output: Array, target: float) -> float:
        e = abs(float(output[0]) - target)
        return 0.5 * e * e if e <= 1.0 else e - 0.5

    def gradient(self, output: Array, target: float) -> Array:
        return np.clip(output - target, -1.0, 1.0)
