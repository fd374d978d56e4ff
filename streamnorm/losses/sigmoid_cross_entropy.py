from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from streamnorm.losses.blame import mean_of_known
from streamnorm.typing import Array


@dataclass(frozen=True)
class SigmoidCrossEntropy:
    r"""Cross-entropy of independent yes-or-no questions, one logit and one target of 0 or 1 each; NaN if not known.

    $$L = \sum_k \log(1 + e^{o_k}) - t_k o_k, \qquad \partial L / \partial o_k = 1 / (1 + e^{-o_k}) - t_k$$
    """

    def value(self, output: Array, target: Array) -> float:
        return float(np.nansum(self._values(output, target)))

    def gradient(self, output: Array, target: Array) -> Array:
        e: Array = np.where(np.isnan(target), 0.0, self.prediction(output) - target)
        return e.astype(output.dtype)

    def prediction(self, output: Array) -> Array:
        """Probabilities, in float64."""
        p: Array = 0.5 * (1.0 + np.tanh(0.5 * output.astype(np.float64)))
        return p

    def blame(self, output: Array, target: Array) -> float:
        """What a mixture weighs the output by: its mean log loss."""
        return mean_of_known(self._values(output, target), target)

    def _values(self, output: Array, target: Array) -> Array:
        o = output.astype(np.float64)
        values: Array = np.logaddexp(0.0, o) - target * o
        return values
