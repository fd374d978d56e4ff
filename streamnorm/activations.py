"""The activations of a hidden layer: function, derivative and the paper's constants."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from streamnorm.moments import Moments, leaky_relu_moments, moments, relu_moments
from streamnorm.typing import Array

LEAKY_SLOPE = 0.01

_erf = np.vectorize(math.erf, otypes=[np.float64])


@dataclass(frozen=True)
class Activation:
    """An activation function with what a NormProp layer needs to know of it.

    Parameters
    ----------
    function
        Elementwise f(z).
    derivative
        Elementwise f'(z). At a kink it takes torch's side.
    moments
        Mean and standard deviation of f(Z), Z standard normal.

    """

    function: Callable[[Array], Array]
    derivative: Callable[[Array], Array]
    moments: Moments


def _sigmoid(z: Array) -> Array:
    # As a tanh it cannot overflow on either side.
    return 0.5 * (1.0 + np.tanh(0.5 * z))


def _sigmoid_derivative(z: Array) -> Array:
    s = _sigmoid(z)
    return s * (1.0 - s)


def _normal_cdf(z: Array) -> Array:
    cdf: Array = 0.5 * (1.0 + _erf(z * math.sqrt(0.5)))
    return cdf.astype(z.dtype)


def _gelu_derivative(z: Array) -> Array:
    density: Array = np.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)
    derivative: Array = _normal_cdf(z) + z * density
    return derivative


def _silu_derivative(z: Array) -> Array:
    s: Array = _sigmoid(z)
    return s + z * s * (1.0 - s)


def _smooth(function: Callable[[Array], Array], derivative: Callable[[Array], Array]) -> Activation:
    return Activation(function, derivative, moments(function))


def _relu(z: Array) -> Array:
    return np.maximum(z, 0.0)


def _leaky_relu(z: Array) -> Array:
    return np.maximum(z, LEAKY_SLOPE * z)


ACTIVATIONS: dict[str, Activation] = {
    "relu": Activation(_relu, lambda z: (z > 0.0).astype(z.dtype), relu_moments()),
    "leaky_relu": Activation(
        _leaky_relu,
        lambda z: np.where(z > 0.0, z.dtype.type(1.0), z.dtype.type(LEAKY_SLOPE)),
        leaky_relu_moments(LEAKY_SLOPE),
    ),
    "tanh": _smooth(np.tanh, lambda z: 1.0 - np.tanh(z) ** 2),
    "sigmoid": _smooth(_sigmoid, _sigmoid_derivative),
    "gelu": _smooth(lambda z: z * _normal_cdf(z), _gelu_derivative),
    "silu": _smooth(lambda z: z * _sigmoid(z), _silu_derivative),
    "softplus": _smooth(lambda z: np.logaddexp(z.dtype.type(0.0), z), _sigmoid),
    "identity": Activation(lambda z: z, np.ones_like, Moments(0.0, 1.0)),
}
