"""What each feature contributes to an output: gradients, integrated along the way from the mean sample."""

from __future__ import annotations

from typing import Any

import numpy as np

from streamnorm.activations import ACTIVATIONS, Activation
from streamnorm.layers import Dense
from streamnorm.layers.dense import SMALLEST_NORM
from streamnorm.learner import Learner
from streamnorm.mixture import Mixture
from streamnorm.network import Network
from streamnorm.typing import Array

# Activations of two straight pieces, that meet at 0.
STRAIGHT = ("relu", "leaky_relu", "identity")
# A smooth activation is integrated by panels of so many Gauss-Legendre nodes, twice as many panels until the
# contributions sum to the difference within this part of their size.
NODES = 16
PRECISION = 1e-9
MOST_PANELS = 1_024
_LEGENDRE = np.polynomial.legendre.leggauss(NODES)

# Of a hidden layer: W [fan_out, fan_in], g / |w| and b, in float64.
Weights = tuple[Array, Array, Array]


def explain(learner: Learner, x: Any, names: list[Any], name: Any) -> dict[Any, float]:
    """Contributions to the output of that name, or to the one that the learner predicts most of."""
    row = learner.known(x)
    if name is None:
        prediction = learner.predict_row(row)
        if not len(prediction):
            return {}
        output = int(np.argmax(prediction))
    elif name in names:
        output = names.index(name)
    else:
        raise ValueError(f"{name!r} is none of the outputs: {', '.join(map(repr, names))}")
    h, present = learner.standardized(row)
    unit = learner.target.sd[output] if learner.target else 1.0
    parts = unit * contributions(learner.mixture, h, output)
    return {learner.features.names[column]: float(parts[column]) for column in np.flatnonzero(present)}


def contributions(mixture: Mixture, h: Array, output: int) -> Array:
    r"""How much each input moves an output of the mixture's mean of replicas, away from its value at an input of 0.

    Integrated gradients: $h_j \int_0^1 \partial o / \partial h_j (t h) \, dt$, which sum to $o(h) - o(0)$. A network of
    straight pieces is linear between the points of that way at which a unit switches: these are found layer by layer,
    and the integral is exact. Smooth activations take quadrature.

    Parameters
    ----------
    mixture
        The replicas; their weights mix what they contribute.
    h
        Standardised input [fan_in].
    output
        Which output.

    References
    ----------
    [^1]: Sundararajan, M., Taly, A. and Yan, Q., 2017. Axiomatic Attribution for Deep Networks. ICML. arXiv:1703.01365.

    Examples
    --------
    An output of |h1| - h2 / 2, from two hidden units that switch at 0: every feature alone explains its part.

    >>> network = Network([Dense(2)], slots=(), dtype="float64", seed=1)
    >>> network.add_inputs(2)
    >>> network.add_outputs(1)
    >>> hidden, head = network.parameters
    >>> hidden["W"].value[:], hidden["g"].value[:] = [[1.0, 0.0], [-1.0, 0.0]], 1.0
    >>> sd = ACTIVATIONS["relu"].moments.sd
    >>> head["W"].value[:] = [[sd, sd]]
    >>> contributions(Mixture([network], []), np.array([-3.0, 2.0]), output=0)
    array([3., 0.])

    """
    shares = zip(mixture.weights, mixture.networks, strict=True)
    total: Array = sum((share * _integrated(network, h, output) for share, network in shares), np.zeros(len(h)))
    return total


def _integrated(network: Network, h: Array, output: int) -> Array:
    *hidden, head = network.parameters
    W_out = head["W"].value[output].astype(np.float64)
    dense = [layer for layer in network.layers if isinstance(layer, Dense)]
    if not dense:
        linear: Array = W_out * h
        return linear
    f = ACTIVATIONS[dense[0].activation]
    layers = [_weights(*(layer[name].value.astype(np.float64) for name in ("W", "g", "b"))) for layer in hidden]
    if dense[0].activation in STRAIGHT:
        straight: Array = h * _gradient(layers, f, W_out, *_pieces(layers, f, h))
        return straight
    start, end = _activated(f, _forward(layers, f, h, np.array([0.0, 1.0]))[-1]) @ W_out
    panels = 1
    while True:
        nodes, shares = _quadrature(panels)
        result: Array = h * _gradient(layers, f, W_out, _forward(layers, f, h, nodes), shares)
        missing = abs(result.sum() - (end - start))
        if missing <= PRECISION * np.abs(result).sum() or panels == MOST_PANELS:
            return result
        panels *= 2


def _weights(W: Array, g: Array, b: Array) -> Weights:
    return W, g / np.maximum(np.sqrt(np.einsum("ij,ij->i", W, W)), SMALLEST_NORM), b


def _quadrature(panels: int) -> tuple[Array, Array]:
    """Nodes in [0, 1], and their weights."""
    x, w = _LEGENDRE
    starts = np.arange(panels)[:, None]
    return ((starts + (x + 1.0) / 2.0) / panels).ravel(), np.tile(w / (2.0 * panels), panels)


def _pieces(layers: list[Weights], f: Activation, h: Array) -> tuple[list[Array], Array]:
    """z of every layer [pieces, units] in the middle of each straight piece of the way, and how long these are."""
    cuts = np.array([0.0, 1.0])
    zs: list[Array] = []
    a = cuts[:, None] * h
    for W, scale, b in layers:
        zs.append(a @ W.T * scale + b)
        # Between two cuts z is linear, for all layers in front are; where it changes its sign the unit switches.
        piece, unit = np.nonzero(zs[-1][:-1] * zs[-1][1:] < 0.0)
        start, end = zs[-1][piece, unit], zs[-1][piece + 1, unit]
        part = start / (start - end)
        order = np.concatenate([np.arange(len(cuts)), piece + part]).argsort()
        cuts, *zs = (_refined(values, piece, part, order) for values in (cuts, *zs))
        a = _activated(f, zs[-1])
    return [(z[:-1] + z[1:]) / 2.0 for z in zs], np.diff(cuts)


def _refined(values: Array, piece: Array, part: Array, order: Array) -> Array:
    """Values at cuts, with those at new cuts within the pieces."""
    part = part.reshape(-1, *[1] * (values.ndim - 1))
    refined: Array = np.concatenate([values, (1.0 - part) * values[piece] + part * values[piece + 1]])[order]
    return refined


def _forward(layers: list[Weights], f: Activation, h: Array, t: Array) -> list[Array]:
    """z of every layer at points t h of the way [points, units]."""
    a = t[:, None] * h
    zs = []
    for W, scale, b in layers:
        zs.append(a @ W.T * scale + b)
        a = _activated(f, zs[-1])
    return zs


def _activated(f: Activation, z: Array) -> Array:
    a: Array = (f.function(z) - f.moments.mean) / f.moments.sd
    return a


def _gradient(layers: list[Weights], f: Activation, W_out: Array, zs: list[Array], shares: Array) -> Array:
    """The gradient of the output at points of the way, summed by their shares [fan_in]."""
    da = W_out
    for depth in range(len(layers) - 1, -1, -1):
        W, scale, _ = layers[depth]
        e = da * f.derivative(zs[depth]) * (scale / f.moments.sd)
        da = e @ W if depth else shares @ e @ W
    return da
