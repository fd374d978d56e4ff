"""Where a network's parameters lie in one flat array."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from streamnorm.layers import Affine, Convolution, Dense, Layer
from streamnorm.network import weight_shapes
from streamnorm.typing import Array

Shape = tuple[int, ...]


class Layout:
    """All parameters of a network end to end, so that one operation updates them all.

    A node costs more than its arithmetic on a small array. Weights lie there transposed, [fan_in, fan_out], so that a
    layer takes a row of inputs to a row of outputs as they are.

    Parameters
    ----------
    layers
        Those of the network, the head last.
    fan_in, fan_out
        How many inputs and outputs it has.

    Attributes
    ----------
    shapes
        For each layer the shapes of its parameters by name, as the network has them: `W` [fan_out, fan_in], and in
        hidden layers `g`, and `b` [fan_out]. A pool has none.
    inputs
        For each layer how many positions its input has, and how many channels each of them.
    learned
        Of each layer with parameters at how many positions its units stand, and the shapes.
    size
        How many parameters there are.

    Examples
    --------
    >>> layout = Layout([Dense(3), Affine()], 2, 1)
    >>> layout.shapes
    [{'W': (3, 2), 'g': (3,), 'b': (3,)}, {'W': (1, 3), 'b': (1,)}]
    >>> layout.size
    16

    """

    def __init__(self, layers: Sequence[Layer], fan_in: int, fan_out: int) -> None:
        self.layers = layers
        weights = weight_shapes(layers, fan_in, fan_out)
        self.shapes = [_shapes(layer, W) for layer, W in zip(layers, weights, strict=True)]
        self.inputs = [*_inputs(layers, fan_in)]
        own = zip(layers, self.shapes, strict=True)
        self.learned = [(_positions(layer), shapes) for layer, shapes in own if shapes]
        self.sizes = [math.prod(shape) for shapes in self.shapes for shape in shapes.values()]
        self.size = sum(self.sizes)

    def pack(self, arrays: Iterable[Array]) -> Array:
        """Arrays in the order of the shapes as one."""
        return np.concatenate([array.T.ravel() for array in arrays])

    def unpack(self, flat: Array) -> Iterator[tuple[str, Array]]:
        """Arrays under their names in a network: `0.W`, `0.g`, ..."""
        ends = np.cumsum(self.sizes)[:-1]
        pieces = iter(np.split(flat, ends))
        for index, shapes in enumerate(self.shapes):
            for name, shape in shapes.items():
                yield f"{index}.{name}", next(pieces).reshape(shape[::-1]).T


def _shapes(layer: Layer, W: Shape | None) -> dict[str, Shape]:
    if W is None:
        return {}
    return {"W": W, "b": W[:1]} if isinstance(layer, Affine) else {"W": W, "g": W[:1], "b": W[:1]}


def _positions(layer: Layer) -> int:
    return layer.grid.positions if isinstance(layer, Convolution) else 1


def _inputs(layers: Sequence[Layer], fan_in: int) -> Iterator[Shape]:
    positions, channels = 1, fan_in  # What stands in a row is one position to a dense layer in front.
    for layer in layers:
        if isinstance(layer, Dense | Affine):
            yield positions, channels
            positions = 1
        else:
            height, width = layer.grid.size
            channels = positions * channels // (height * width)
            yield height * width, channels
            positions = layer.grid.positions
        if isinstance(layer, Dense | Convolution):
            channels = layer.fan_out
