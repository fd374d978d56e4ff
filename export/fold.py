"""From a trained network to plain affine layers: the normalisation goes into the weights."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from streamnorm.activations import ACTIVATIONS
from streamnorm.layers import Dense
from streamnorm.layers.dense import SMALLEST_NORM
from streamnorm.network import Network
from streamnorm.typing import Array

# An eight-bit scale for relu(Z), Z standard normal, is best cut off here: less is cut, and more rounded, beyond.
NORMAL_REACH = 4.2147


class FoldedLayer(NamedTuple):
    """A layer $f(W h + b)$ and nothing else.

    Parameters
    ----------
    weight
        float64 [fan_out, fan_in].
    bias
        float64 [fan_out].
    activation
        Name of $f$, see `streamnorm.activations`.
    reach
        The smallest and the largest output to reckon with; of the head, nobody knows.

    """

    weight: Array
    bias: Array
    activation: str
    reach: tuple[float, float]


def fold(network: Network, mean: float | Array = 0.0, sd: float | Array = 1.0) -> list[FoldedLayer]:
    r"""The network as plain affine layers that compute the same, without norm, gain or moments.

    A hidden layer's weight row becomes $W'_i = g_i w_i / \|w_i\|$. It hands on $f(z)$ instead of $(f(z) - m) / d$, so
    the next layer's weight becomes $W' / d$ and its bias $b - \frac{m}{d} \sum_j W'_j$. All in float64: whoever stores
    the result rounds once, at the end.

    Parameters
    ----------
    network
        A trained network.
    mean, sd
        Unit of the network's output, or of each of its outputs. The folded layers give $mean + sd \cdot output$.

    Examples
    --------
    >>> network = Network([Dense(1, "identity")], slots=(), dtype="float64", seed=1)
    >>> network.add_inputs(2)
    >>> network.add_outputs(1)
    >>> network.parameters[0]["W"].value[:] = [[3.0, 4.0]]
    >>> network.parameters[0]["g"].value[:] = 10.0
    >>> network.parameters[1]["W"].value[:] = 1.0
    >>> hidden, head = fold(network, mean=100.0, sd=2.0)
    >>> hidden.weight, head.weight, head.bias
    (array([[6., 8.]]), array([[2.]]), array([100.]))

    """
    folded = []
    m, d = 0.0, 1.0  # Of the activation in front.
    for index, (layer, parameters) in enumerate(zip(network.layers, network.parameters, strict=True)):
        W = parameters["W"].value.astype(np.float64)
        b = parameters["b"].value.astype(np.float64)
        if isinstance(layer, Dense):
            activation, g = layer.activation, parameters["g"].value.astype(np.float64)
            reach = _reach(activation, g, b, network.reach[index])
            norms: Array = np.linalg.norm(W, axis=1)
            W *= (g / np.maximum(norms, SMALLEST_NORM))[:, None]
        else:
            activation, reach = "identity", (-math.inf, math.inf)
            W, b = np.reshape(sd, (-1, 1)) * W, mean + sd * b
        folded.append(FoldedLayer(W / d, b - m / d * W.sum(axis=1), activation, reach))
        m, d = ACTIVATIONS[activation].moments
    return folded


def _reach(activation: str, g: Array, b: Array, seen: Array) -> tuple[float, float]:
    """Where z = g u + b goes as u is standard normal, and wherever it has been."""
    low = np.minimum(b - NORMAL_REACH * np.abs(g), seen[0]).min()
    high = np.maximum(b + NORMAL_REACH * np.abs(g), seen[1]).max()
    # Not every activation is monotone: gelu and silu have their smallest value on the way.
    outputs = ACTIVATIONS[activation].function(np.linspace(low, high, 1_000))
    return float(outputs.min()), float(outputs.max())
