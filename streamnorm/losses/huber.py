from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from streamnorm.losses.blame import blame
from streamnorm.typing import Array


@dataclass(frozen=True)
class Huber:
    r"""Squared error for small errors, absolute error beyond one standard deviation of the target.

    $$L = \begin{cases} e^2 / 2 & |e| \le 1 \\ |e| - 1/2 & otherwise \end{cases},
    \qquad \partial L / \partial o = clip(e, -1, 1), \qquad e = o - y$$

    A target of NaN is not known, and counts as met.
    """

    def value(self, output: Array, target: Array | float) -> float:
        e = np.abs(output - target)
        return float(np.nansum(np.where(e <= 1.0, 0.5 * e * e, e - 0.5)))

    def gradient(self, output: Array, target: Array | float) -> Array:
        error: Array = output - np.asarray(target, output.dtype)
        return np.where(np.isnan(target), error.dtype.type(0.0), np.clip(error, -1.0, 1.0))

    def prediction(self, output: Array) -> Array:
        """The output, in float64."""
        return output.astype(np.float64)

    def blame(self, output: Array, target: Array | float) -> float:
        """What a mixture weighs the output by."""
        return blame(output, target)
