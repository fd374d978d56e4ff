from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from streamnorm.moments import Array

# sqrt(1 / (1 - 1/pi)) = 1.2112 is the gain of a ReLU layer's Jacobian at g = 1: its inverse keeps the product near 1.
INITIAL_GAIN = 1.0 / 1.21
# A row without weights, before the first feature is known, must not divide by its norm.
SMALLEST_NORM = 1e-15


@dataclass(frozen=True)
class Dense:
    """A hidden NormProp layer, $a_i = (f(g_i w_i \\cdot h / |w_i| + b_i) - m_f) / d_f$.

    Parameters
    ----------
    fan_out
        Number of units.
    activation
        Name of $f$, see `streamnorm.activations`.

    """

    fan_out: int
    activation: str = "relu"

    def initial(self, fan_in: int, rng: np.random.Generator, mirrored: bool) -> dict[str, Array]:
        """Initial values of `W` [fan_out, fan_in], `g` and `b` [fan_out]."""
        return {
            "W": orthogonal(self.fan_out, fan_in, rng),
            "g": np.full(self.fan_out, INITIAL_GAIN),
            "b": np.zeros(self.fan_out),
        }


def orthogonal(fan_out: int, fan_in: int, rng: np.random.Generator) -> Array:
    """Unit rows, orthogonal where there are no more rows than columns, else with orthogonal columns before scaling."""
    q, _ = np.linalg.qr(rng.standard_normal((max(fan_out, fan_in), min(fan_out, fan_in))))
    rows = q if fan_out >= fan_in else q.T
    norms: Array = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.maximum(norms, SMALLEST_NORM)
