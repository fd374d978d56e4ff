from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from streamnorm.typing import Array


def softmax(logits: Array) -> Array:
    """Probabilities in float64, so that they sum to one within 1e-15."""
    exponentials = np.exp(logits.astype(np.float64) - logits.max(initial=-np.inf))
    return np.asarray(exponentials / exponentials.sum())


@dataclass(frozen=True)
class CrossEntropy:
    r"""Softmax cross-entropy of logits and the index of the true class.

    $$L = \log \sum_k e^{o_k} - o_y, \qquad \partial L / \partial o = softmax(o) - 1_y$$
    """

    def value(self, output: Array, target: int) -> float:
        # Not the logarithm of the probability, which may be too small for a float64.
        o = output.astype(np.float64) - output.max()
        return float(np.log(np.exp(o).sum()) - o[target])

    def gradient(self, output: Array, target: int) -> Array:
        e = softmax(output)
        e[target] -= 1.0
        return e.astype(output.dtype)

    def prediction(self, output: Array) -> Array:
        """Probabilities, in float64."""
        return softmax(output)

    def blame(self, output: Array, target: int) -> float:
        """What a mixture weighs the output by: its log loss."""
        return self.value(output, target)
