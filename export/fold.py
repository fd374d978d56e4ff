"""From a trained network to plain affine layers: the normalisation goes into the weights."""

from __future__ import annotations

import math

import numpy as np

from streamnorm.activations import ACTIVATIONS
from streamnorm.layers import Affine, Convolution, Dense
from streamnorm.layers.dense import SMALLEST_NORM
from streamnorm.network import Network, Parameter
from streamnorm.typing import Array

from .folded import Folded, FoldedConvolution, FoldedLayer, FoldedPool, Slide

# An eight-bit scale for relu(Z), Z standard normal, is best cut off here: less is cut, and more rounded, beyond.
NORMAL_REACH = 4.2147
# A mean that is 0 but for the rounding of a quadrature.
ROUNDING = 1e-12


def fold(network: Network, mean: float | Array = 0.0, sd: float | Array = 1.0, dimensions: int = 0) -> list[Folded]:
    r"""The network as plain layers that compute the same, without norm, gain or moments.

    A hidden layer's weight row becomes $W'_i = g_i w_i / \|w_i\|$. It hands on $f(z)$ instead of $(f(z) - m) / d$, so
    the next layer's weight becomes $W' / d$ and its bias $b - \frac{m}{d} \sum_j W'_j$. A pool's constants go there as
    well: the largest and the mean of values that are shifted and scaled alike are so themselves.

    Zeros around what a convolution gets are means, which unshifted are not 0. There $m$ is subtracted after all, where
    the activation is computed: in front of pools, which do not mind.

    Inside, the channels of a position stand together, in ONNX the positions of a channel: weights are turned round.

    All in float64: whoever stores the result rounds once, at the end.

    Parameters
    ----------
    network
        A trained network.
    mean, sd
        Unit of the network's output, or of each of its outputs. The folded layers give $mean + sd \cdot output$.
    dimensions
        1 along time, 2 for an image, 0 for features that are no array.

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
    folded: list[Folded] = []
    m, d, positions = 0.0, 1.0, network.positions  # Of what is in front.
    for index, (layer, parameters) in enumerate(zip(network.layers, network.parameters, strict=True)):
        flattens = dimensions > 0 and not (folded and isinstance(folded[-1], FoldedLayer))
        if isinstance(layer, Affine):
            W, b = _values(parameters, "W", "b")
            W, b = _behind(np.reshape(sd, (-1, 1)) * W, mean + sd * b, m, d, positions)
            folded.append(FoldedLayer(W, b, "identity", (-math.inf, math.inf), flattens))
        elif isinstance(layer, Dense):
            W, b = _behind(*_normalized(parameters), m, d, positions)
            reach = _reach(layer, parameters, network.reach[index])
            folded.append(FoldedLayer(W, b, layer.activation, reach, flattens))
            (m, d), positions = ACTIVATIONS[layer.activation].moments, 1
        elif isinstance(layer, Convolution):
            if abs(m) > ROUNDING and layer.grid.padded != layer.grid.size:
                _shift(folded, m)
                m = 0.0
            W, b = _behind(*_normalized(parameters), m, d, layer.grid.area)
            slide = Slide.of(layer.grid, dimensions)
            W = W.reshape(layer.fan_out, -1, *slide.kernel)
            reach = _reach(layer, parameters, network.reach[index])
            folded.append(FoldedConvolution(W, b, layer.activation, reach, slide))
            (m, d), positions = ACTIVATIONS[layer.activation].moments, layer.grid.positions
        else:
            folded.append(FoldedPool(Slide.of(layer.grid, dimensions), layer.maximum))
            m, d, positions = m + d * layer.moments.mean, d * layer.moments.sd, layer.grid.positions
    return folded


def _values(parameters: dict[str, Parameter], *names: str) -> list[Array]:
    return [parameters[name].value.astype(np.float64) for name in names]


def _normalized(parameters: dict[str, Parameter]) -> tuple[Array, Array]:
    """$W'$ and b."""
    W, g, b = _values(parameters, "W", "g", "b")
    norms: Array = np.linalg.norm(W, axis=1)
    W *= (g / np.maximum(norms, SMALLEST_NORM))[:, None]
    return W, b


def _behind(W: Array, b: Array, m: float, d: float, positions: int) -> tuple[Array, Array]:
    """Weights and bias for inputs that are neither shifted by m nor divided by d, channel by channel."""
    turned = (W / d).reshape(len(W), positions, W.shape[1] // positions).transpose(0, 2, 1)
    return turned.reshape(W.shape), b - m / d * W.sum(axis=1)


def _shift(folded: list[Folded], m: float) -> None:
    """Subtract m from what the last layers hand on, in front of the pools there."""
    index = len(folded) - 1
    while index and isinstance(folded[index], FoldedPool):
        index -= 1
    layer = folded[index]
    assert not isinstance(layer, FoldedLayer)  # Behind a dense layer there are no positions.
    folded[index] = layer.shifted(m)


def _reach(layer: Dense | Convolution, parameters: dict[str, Parameter], seen: Array) -> tuple[float, float]:
    """Where z = g u + b goes as u is standard normal, and wherever it has been."""
    g, b = _values(parameters, "g", "b")
    low = np.minimum(b - NORMAL_REACH * np.abs(g), seen[0]).min()
    high = np.maximum(b + NORMAL_REACH * np.abs(g), seen[1]).max()
    # Not every activation is monotone: gelu and silu have their smallest value on the way.
    outputs = ACTIVATIONS[layer.activation].function(np.linspace(low, high, 1_000))
    return float(outputs.min()), float(outputs.max())
