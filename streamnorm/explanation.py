"""What each feature contributes to an output: gradients, integrated along the way from the mean sample."""

from __future__ import annotations

from typing import Any

import numpy as np

from streamnorm import explanation_smooth, explanation_straight
from streamnorm.batch import Units
from streamnorm.explanation_way import Way
from streamnorm.learner import Learner
from streamnorm.mixture import Mixture
from streamnorm.network import Network
from streamnorm.typing import Array


def explain(learner: Learner, x: Any, names: list[Any], name: Any) -> dict[Any, Any]:
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
    return learner.features.named(x, parts, np.flatnonzero(present))


def contributions(mixture: Mixture, h: Array, output: int) -> Array:
    r"""How much each input moves an output of the mixture's mean of replicas, away from its value at an input of 0.

    Integrated gradients: $h_j \int_0^1 \partial o / \partial h_j (t h) \, dt$, which sum to $o(h) - o(0)$. A network of
    straight pieces is linear between the points of that way at which a unit, or the largest value of a patch, switches:
    these are found layer by layer, and the integral is exact. Smooth activations take quadrature.

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

    >>> from streamnorm.layers import Dense
    >>> network = Network([Dense(2)], slots=(), dtype="float64", seed=1)
    >>> network.add_inputs(2)
    >>> network.add_outputs(1)
    >>> hidden, head = network.parameters
    >>> hidden["W"].value[:], hidden["g"].value[:] = [[1.0, 0.0], [-1.0, 0.0]], 1.0
    >>> from streamnorm.activations import ACTIVATIONS
    >>> sd = ACTIVATIONS["relu"].moments.sd
    >>> head["W"].value[:] = [[sd, sd]]
    >>> contributions(Mixture([network], []), np.array([-3.0, 2.0]), output=0)
    array([3., 0.])

    """
    shares = zip(mixture.weights, mixture.networks, strict=True)
    total: Array = sum((share * _integrated(network, h, output) for share, network in shares), np.zeros(len(h)))
    return total


def _integrated(network: Network, h: Array, output: int) -> Array:
    way = Way(network, h, output)
    if all(layer.straight for layer in way.layers if isinstance(layer, Units)):
        return explanation_straight.integrated(way)
    return explanation_smooth.integrated(way)
