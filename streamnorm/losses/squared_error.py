from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from streamnorm.losses.blame import blame
from streamnorm.typing import Array


@dataclass(frozen=True)
class SquaredError:
    r"""Half the squared error: $L = (o - y)^2 / 2$ and $\partial L / \partial o = o - y$.

    A target of NaN is not known, and counts as met.
    """

    def value(self, output: Array, target: Array | float) -> float:
        return 0.5 * float(np.nansum((output - target) ** 2))

    def gradient(self, output: Array, target: Array | float) -> Array:
        error: Array = output - np.asarray(target, output.dtype)
        return np.where(np.isnan(target), error.dtype.type(0.0), error)

    def prediction(self, output: Array) -> Array:
        """The output, in float64."""
        return output.astype(np.float64)

    def blame(self, output: Array, target: Array | float) -> float:
        """What a mixture weighs the output by."""
        return blame(output, target)
