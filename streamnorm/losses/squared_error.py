from __future__ import annotations

from dataclasses import dataclass

from streamnorm.typing import Array


@dataclass(frozen=True)
class SquaredError:
    r"""Half the squared error: $L = (o - y)^2 / 2$ and $\partial L / \partial o = o - y$."""

    def value(self, output: Array, target: float) -> float:
        return 0.5 * (float(output[0]) - target) ** 2

    def gradient(self, output: Array, target: float) -> Array:
        error: Array = output - target
        return error
