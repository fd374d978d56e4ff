from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from streamnorm.typing import Array


@dataclass(frozen=True)
class SigmoidCrossEntropy:
    r"""Cross-entropy of independent yes-or-no questions, one logit and one target of 0 or 1 each.

    $$L = \sum_k \log(1 + e^{o_k}) - t_k o_k, \qquad \partial L / \partial o_k = 1 / (1 + e^{-o_k}) - t_k$$
    """

    def value(self, output: Array, target: Array) -> float:
        o = output.astype(np.float64)
        return float(np.sum(np.logaddexp(0.0, o) - target * o))

    def gradient(self, output: Array, target: Array) -> Array:
        e: Array = 0.5 * (1.0 + np.tanh(0.5 * output.astype(np.float64))) - target
        return e.astype(output.dtype)

    def prediction(self, output: Array) -> Array:
        """Probabilities, in float64."""
        p: Array = 0.5 * (1.0 + np.tanh(0.5 * output.astype(np.float64)))
        return p

    def blame(self, output: Array, target: Array) -> float:
        """What a mixture weighs the output by: its log loss."""
        return self.value(output, target)
