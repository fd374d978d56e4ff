from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from streamnorm.typing import Array

# sqrt(1 / (1 - 1/pi)) = 1.2112 is the gain of a ReLU layer's Jacobian at g = 1: its inverse keeps the product near 1.
INITIAL_GAIN = 1.0 / 1.21
# A row without weights, before the first feature is known, must not divide by its norm.
SMALLEST_NORM = 1e-15
# A row that has lost all but this part of its norm is no longer known to float32.
LOST_NORM = 1e-6
# f(z) = -f(-z) up to a constant: a mirrored pair of units would be one unit twice, for ever.
ODD = ("tanh", "sigmoid", "identity")


@dataclass(frozen=True)
class Dense:
    r"""A hidden NormProp layer, $a_i = (f(g_i w_i \cdot h / \|w_i\| + b_i) - m_f) / d_f$.

    Parameters
    ----------
    fan_out
        Number of units.
    activation
        Name of $f$, see `streamnorm.activations`.
    positions
        How many positions its input has; the channels of each stand together.

    """

    fan_out: int
    activation: str = "relu"
    positions: int = 1

    def initial(self, fan_in: int, rng: np.random.Generator, first: bool) -> dict[str, Array]:
        """Initial values of `W` [fan_out, fan_in], `g` and `b` [fan_out]; `first` behind the features."""
        return initial_values(self.activation, self.fan_out, fan_in, self.positions, rng, first)


def initial_values(
    activation: str, fan_out: int, fan_in: int, positions: int, rng: np.random.Generator, first: bool
) -> dict[str, Array]:
    """Initial values of a layer whose inputs are so many positions of channels."""
    if activation in ODD:
        W = orthogonal(fan_out, fan_in, rng)
    elif first:
        W = mirrored_first(fan_out, fan_in, rng)
    else:
        W = mirrored(fan_out, fan_in, rng, positions)
    b = np.zeros(fan_out)
    if len(np.unique(W, axis=0)) < fan_out:
        # One input leaves only the rows 1 and -1: equal units that would stay equal for ever.
        b = rng.uniform(-1.0, 1.0, fan_out)
    return {"W": W, "g": np.full(fan_out, INITIAL_GAIN), "b": b}


def orthogonal(fan_out: int, fan_in: int, rng: np.random.Generator) -> Array:
    """Rows of norm one; every block of fan_in rows is orthonormal."""
    blocks = [
        np.linalg.qr(rng.standard_normal((fan_in, min(fan_out - start, fan_in)))).Q.T
        for start in range(0, fan_out if fan_in else 0, max(fan_in, 1))
    ]
    return np.concatenate(blocks) if blocks else np.zeros((fan_out, fan_in))


def mirrored_first(fan_out: int, fan_in: int, rng: np.random.Generator) -> Array:
    """Orthogonal rows V and their negatives."""
    v = orthogonal(_half(fan_out), fan_in, rng)
    return np.concatenate([v, -v])[:fan_out]


def mirrored(fan_out: int, fan_in: int, rng: np.random.Generator, positions: int = 1) -> Array:
    r"""Rows [V, -V] and [-V, V]: behind a mirrored layer the network starts as a linear isometry, at any depth.

    A pair of units computes $f(z) - f(-z) = z$, the shift $-m_f / d_f$ cancels, and
    $\sqrt 2 \, d_f \cdot 1.2112 = 1$ for ReLU. With plain orthogonal or Gaussian rows every layer adds the constant
    $-(m_f / d_f) \sum_j w_{ij}$ instead, and after some 16 layers all inputs look alike. Where inputs are positions of
    channels, the channels of each position are the pairs.

    References
    ----------
    [^1]: Balduzzi, D. et al., 2017. The Shattered Gradients Problem: If resnets are the answer, then what is the
    question? ICML. arXiv:1702.08591.

    """
    channels = fan_in // positions
    v = orthogonal(_half(fan_out), positions * _half(channels), rng).reshape(_half(fan_out), positions, _half(channels))
    rows = np.concatenate([np.concatenate([v, -v], axis=2), np.concatenate([-v, v], axis=2)])
    rows = rows[:fan_out, :, :channels].reshape(fan_out, fan_in)
    norms: Array = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / norms


def _half(n: int) -> int:
    return -(-n // 2)
