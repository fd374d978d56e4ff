"""How far one step goes on a sample that stands for several."""

from __future__ import annotations

from typing import Any

import numpy as np

from streamnorm.losses import Loss
from streamnorm.typing import Array


def repeats(loss: Loss, output: Array, target: Any, delta: Array, mended: float, weight: float) -> float:
    r"""How many times the first step is as long as all the steps on a sample of this weight together.

    To first order a step of size $s$ moves the output by $-s \kappa \delta$, with $\kappa = D / |\delta|^2$. So
    repeats can be followed at the output, where each costs no more than the loss's gradient:

    $$o \leftarrow o - s \kappa \delta(o)$$

    What all of them move along the first $\delta$ is the length of one step along the gradient of the network, which
    need not be computed again. The last repeat may be a part of one. For a squared error all this is
    $(1 - (1 - s \kappa)^k) / s \kappa$; cross-entropy, whose gradient vanishes otherwise, has no such formula.

    Parameters
    ----------
    loss
        What the output is judged by.
    output, target
        Of the sample.
    delta
        The loss's gradient at that output.
    mended
        $s \kappa$: the part of the error that the first step takes off.
    weight
        How many samples this one stands for.

    References
    ----------
    [^1]: Karampatziakis, N. and Langford, J., 2011. Online Importance Weight Aware Updates. UAI. arXiv:1011.1576.

    Examples
    --------
    Steps that each take 40 % off the error. Three of them leave 0.6 cubed, and the first has done 0.4 of that.

    >>> from streamnorm.losses import SquaredError
    >>> output = delta = np.array([3.0])
    >>> repeats(SquaredError(), output, 0.0, delta, mended=0.4, weight=3.0)
    1.96
    >>> (1 - 0.6**3) / 0.4
    1.96

    """
    square = float(np.vdot(delta, delta))
    error, left, count = delta, weight - 1.0, min(weight, 1.0)
    while left > 0.0:
        output = output - mended * error
        error = loss.gradient(output, target)
        count += min(left, 1.0) * (float(np.vdot(error, delta)) / square)
        left -= 1.0
    return count
