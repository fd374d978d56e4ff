from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from streamnorm.moments import Array


@dataclass(frozen=True)
class SGD:
    r"""Stochastic gradient descent: $\theta \leftarrow \theta - \eta \nabla$.

    Parameters
    ----------
    learning_rate
        The rate $\eta$.

    """

    learning_rate: float = 0.01

    slots: ClassVar[tuple[str, ...]] = ()

    def update(self, theta: Array, gradient: Array, state: dict[str, Array], step: int) -> None:
        theta -= self.learning_rate * gradient
