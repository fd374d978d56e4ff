from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from streamnorm.typing import Array


@dataclass(frozen=True)
class SGD:
    r"""Stochastic gradient descent: $\theta \leftarrow \theta - \eta \nabla$.

    Parameters
    ----------
    learning_rate
        The rate $\eta$.

    """

    learning_rate: float = 0.03

    slots: ClassVar[tuple[str, ...]] = ()
    decays: ClassVar[dict[str, float]] = {}

    def propose(self, gradient: Array, state: dict[str, Array], step: int, weight: float) -> tuple[Array, float]:
        """Direction against which to move, and the decrease of the loss that the gradient promises for it."""
        return gradient, float(np.vdot(gradient, gradient))
