from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from streamnorm.typing import Array


@dataclass(frozen=True)
class RMSprop:
    r"""Gradient descent with every coordinate divided by the running root mean square of its gradient.

    $$v \leftarrow \rho v + (1 - \rho) \nabla^2, \qquad
    \theta \leftarrow \theta - \eta \nabla / (\sqrt{v} + \epsilon)$$

    Parameters
    ----------
    learning_rate
        The rate $\eta$.
    decay
        The memory $\rho$ of the running mean square.
    eps
        Keeps a coordinate that has never seen a gradient still.

    References
    ----------
    [^1]: Tieleman, T. and Hinton, G., 2012. Lecture 6.5: rmsprop. COURSERA: Neural Networks for Machine Learning.

    """

    learning_rate: float = 0.003
    decay: float = 0.99
    eps: float = 1e-8

    slots: ClassVar[tuple[str, ...]] = ("v",)

    @property
    def decays(self) -> dict[str, float]:
        return {"v": self.decay}

    def propose(self, gradient: Array, state: dict[str, Array], step: int, weight: float) -> tuple[Array, float]:
        """Direction against which to move, and the decrease of the loss that the gradient promises for it.

        The state comes in decayed, up to and with this step.
        """
        v = state["v"]
        v += (1.0 - self.decay) * gradient**2
        direction = gradient / (np.sqrt(v) + self.eps)
        return direction, float(np.vdot(gradient, direction))
