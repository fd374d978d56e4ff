"""An output of a network on the way from the mean sample to another."""

from __future__ import annotations

import numpy as np

from streamnorm import batch
from streamnorm.network import Network
from streamnorm.typing import Array


class Way:
    """One output of a network at points t h, t from 0 to 1, with all that bends it.

    Parameters
    ----------
    network
        The network.
    h
        Standardised input [fan_in].
    output
        Which output.

    """

    def __init__(self, network: Network, h: Array, output: int) -> None:
        self.h = h
        self.layers = batch.hidden(network)
        self._W_out = network.parameters[-1]["W"].value[output].astype(np.float64)

    def at(self, t: Array) -> tuple[list[Array], Array]:
        """The inner values of each layer [values, points], and how far the output is there from its bias [points]."""
        a = self.h[:, None] * t
        inner = []
        for layer in self.layers:
            inner.append(layer.inner(a))
            a = layer.outer(inner[-1])
        return inner, self._W_out @ a

    def contributions(self, inner: list[Array], shares: Array) -> Array:
        """h times the gradient, where layers have these inner values; summed by shares [points, sums]."""
        da = np.repeat(self._W_out[:, None], len(shares), axis=1)
        for layer, values in zip(reversed(self.layers), reversed(inner), strict=True):
            da = layer.back(values, da)
        summed: Array = self.h[:, None] * (da @ shares)
        return summed
