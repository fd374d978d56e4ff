from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from streamnorm.typing import Array


@dataclass(frozen=True)
class Adam:
    r"""RMSprop with momentum, both running means corrected for their start at zero.

    $$m \leftarrow \beta_1 m + (1 - \beta_1) \nabla, \quad v \leftarrow \beta_2 v + (1 - \beta_2) \nabla^2, \quad
    \theta \leftarrow \theta - \eta \frac{m / (1 - \beta_1^t)}{\sqrt{v / (1 - \beta_2^t)} + \epsilon}$$

    A unit without an error stays where it is, momentum or not: its means decay when it has an error again.

    A sample of weight $k > 1$ moves along the mean of the momenta that $k$ repeats would have, and leaves the last of
    them behind. $v$ counts it once, as RMSprop's does: a larger gradient is not a more frequent one.

    Parameters
    ----------
    learning_rate
        The rate $\eta$.
    beta_1, beta_2
        The memories of the two running means.
    eps
        Keeps a coordinate that has never seen a gradient still.

    References
    ----------
    [^1]: Kingma, D.P. and Ba, J., 2014. Adam: A method for stochastic optimization. arXiv:1412.6980.

    """

    learning_rate: float = 0.001
    beta_1: float = 0.9
    beta_2: float = 0.999
    eps: float = 1e-8

    slots: ClassVar[tuple[str, ...]] = ("m", "v")

    @property
    def decays(self) -> dict[str, float]:
        return {"m": self.beta_1, "v": self.beta_2}

    def momentum_of_repeats(self, weight: float) -> tuple[float, float]:
        """How much nearer to the gradient itself than after one step the momentum is: on average over the repeats, and
        after the last."""
        repeats = max(weight, 1.0)
        last = self.beta_1**repeats
        return 1.0 - (1.0 - last) / (repeats * (1.0 - self.beta_1)), 1.0 - last / self.beta_1

    def propose(self, gradient: Array, state: dict[str, Array], step: int, weight: float) -> tuple[Array, float]:
        """Direction against which to move, and the decrease of the loss that the gradient promises for it.

        The state comes in decayed, up to and with this step.
        """
        m, v = state["m"], state["v"]
        m += (1.0 - self.beta_1) * gradient
        v += (1.0 - self.beta_2) * gradient**2
        scale = np.sqrt(v) / math.sqrt(1.0 - self.beta_2**step) + self.eps
        correction = 1.0 - self.beta_1**step
        mean, last = self.momentum_of_repeats(weight)
        missing = correction * gradient - m
        momentum = m + mean * missing
        m += last * missing
        # Momentum may point uphill; what bounds the step is the decrease that the gradient alone would promise.
        return momentum / correction / scale, float(np.vdot(gradient, gradient / scale))
