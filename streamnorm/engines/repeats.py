"""How far one step goes on a sample that stands for several."""

from __future__ import annotations

from typing import Any

import numpy as np

from streamnorm.engines.implicit import implicit_rate
from streamnorm.losses import Loss
from streamnorm.typing import Array


def repeated_rate(
    loss: Loss,
    output: Array,
    target: Any,
    delta: Array,
    learning_rate: float,
    promised_decrease: float,
    weight: float,
) -> float:
    r"""The size of the one step that takes the output where `weight` steps on the same sample would.

    To first order a step of size $s$ moves the output by $-s \kappa \delta$, with $\kappa = D / |\delta|^2$. So
    repeats are followed at the output, where each costs no more than the loss's gradient:

    $$o \leftarrow o - s \kappa \delta(o), \qquad s = \eta / (1 + \eta \kappa / 2)$$

    All that they move along the first $\delta$ is one step along the gradient, which need not be computed again. The
    last repeat may be a part, at that part of the rate. For a squared error this is
    $(1 - (1 - s \kappa)^k) / \kappa$; cross-entropy, whose gradient vanishes otherwise, has no such formula.

    Parameters
    ----------
    loss
        What the output is judged by.
    output, target
        Of the sample.
    delta
        The loss's gradient at that output, which is not all 0.
    learning_rate
        The rate $\eta$ of one step.
    promised_decrease
        $D = \langle G, P G \rangle$, by which the gradient promises to lower the loss at a rate of one.
    weight
        How many samples this one stands for. Up to 1 it multiplies the rate.

    References
    ----------
    [^1]: Karampatziakis, N. and Langford, J., 2011. Online Importance Weight Aware Updates. UAI. arXiv:1011.1576.

    Examples
    --------
    An output of 3 that should be 0, of which a step of size 1 would mend all: three steps at a rate of 0.5 leave
    0.6 of the error each.

    >>> from streamnorm.losses import SquaredError
    >>> output = delta = np.array([3.0])
    >>> repeated_rate(SquaredError(), output, 0.0, delta, 0.5, promised_decrease=9.0, weight=3.0)
    0.784
    >>> 1 - 0.6**3
    0.784

    """
    square = float(np.vdot(delta, delta))
    error, left, size = delta, weight, 0.0
    while True:
        rate = implicit_rate(min(left, 1.0) * learning_rate, promised_decrease, square)
        size += rate * (float(np.vdot(error, delta)) / square)
        left -= 1.0
        if left <= 0.0:
            return size
        output = output - rate * (promised_decrease / square) * error
        error = loss.gradient(output, target)
