from __future__ import annotations

import numpy as np

from streamnorm.activations import ACTIVATIONS
from streamnorm.layers import Convolution, Dense
from streamnorm.layers.dense import SMALLEST_NORM
from streamnorm.network import Parameter
from streamnorm.typing import Array

STRAIGHT = ("relu", "leaky_relu", "identity")


class Units:
    """A layer of units, which bend where their activation does.

    Parameters
    ----------
    layer
        What it is.
    parameters
        Of the layer.

    Attributes
    ----------
    W, g, b
        The parameters in float64.
    norms
        Of the rows of W.
    f
        The activation.
    straight
        Whether it has two straight pieces, that meet at 0.

    """

    def __init__(self, layer: Dense | Convolution, parameters: dict[str, Parameter]) -> None:
        self.W, self.g, self.b = (parameters[name].value.astype(np.float64) for name in ("W", "g", "b"))
        self.norms = np.sqrt(np.einsum("ij,ij->i", self.W, self.W))
        self.straight = layer.activation in STRAIGHT
        self.f = ACTIVATIONS[layer.activation]
        self._grid = layer.grid if isinstance(layer, Convolution) else None
        self._scale = self.g / np.maximum(self.norms, SMALLEST_NORM)

    def inner(self, a: Array) -> Array:
        """z [positions * fan_out, points]."""
        points = a.shape[1]
        patches = self._grid.gather(a).reshape(self._grid.positions, -1, points) if self._grid else a[None]
        z: Array = (self.W @ patches) * self._scale[:, None] + self.b[:, None]
        return z.reshape(-1, points)

    def outer(self, z: Array) -> Array:
        """What the layer hands on."""
        a: Array = (self.f.function(z) - self.f.moments.mean) / self.f.moments.sd
        return a

    def back(self, z: Array, da: Array) -> Array:
        """The gradient at each point, from behind the layer to in front of it."""
        points = z.shape[1]
        e = (da * self.f.derivative(z) / self.f.moments.sd).reshape(-1, len(self.W), points)
        patches = self.W.T @ (e * self._scale[:, None])
        if self._grid is None:
            first: Array = patches[0]
            return first
        return self._grid.scatter(patches.reshape(self._grid.positions, self._grid.area, -1)).reshape(-1, points)

    def gaps(self, z: Array) -> tuple[Array, Array, Array]:
        """Where, from a point to the next, units go from one straight piece to the other: from what z to what z, and
        behind which point."""
        unit, point = np.nonzero((z[:, :-1] * z[:, 1:] < 0.0) & self.straight)
        return z[unit, point], z[unit, point + 1], point
