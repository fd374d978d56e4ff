from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from streamnorm.layers.grid import Grid
from streamnorm.typing import Array

from .products import Products

if TYPE_CHECKING:
    from ..graph import Graph


class Patches:
    """What a layer sees of its input, taken from tables of places: onnxruntime has a Conv in float32 only.

    Values are rows, one for each position, [positions, channels].

    Parameters
    ----------
    grid
        Where the patches are.
    channels
        Of the input.

    Examples
    --------
    Places count from 1; 0 is a zero in front of the input.

    >>> from streamnorm.layers.grid import grid
    >>> patches = Patches(grid((1, 3), (1, 2), (1, 1), "same"), channels=4)
    >>> patches.places
    array([[1, 2],
           [2, 3],
           [3, 0]], dtype=int32)
    >>> patches.homes
    array([[1, 0],
           [2, 3],
           [4, 5]], dtype=int32)

    """

    def __init__(self, grid: Grid, channels: int) -> None:
        self.number, self.area = grid.positions, grid.area
        self.inputs, self.channels = grid.size[0] * grid.size[1], channels
        # For each patch the positions that it holds, and for each position where in the patches it is.
        self.places = grid.gather(np.arange(1, self.inputs + 1, dtype=np.int32))[:, :, 0]
        self.homes = _homes(self.places.ravel(), self.inputs)

    def gather(self, graph: Graph, products: Products, h: str, *shape: int) -> str:
        """The patches of an input, in that shape."""
        if shape == (self.inputs, self.channels):
            return h
        return products.shaped(graph, _taken(graph, products, h, self.places, self.inputs), *shape)

    def scatter(self, graph: Graph, products: Products, patches: str) -> str:
        """The sum of patches, as rows [patches * area, channels], where they lie: the transpose of `gather`."""
        if self.homes.shape[1] == 1:
            return _taken(graph, products, patches, self.homes[:, 0], self.places.size)
        met = _taken(graph, products, patches, self.homes, self.places.size)
        return graph.add("ReduceSum", met, np.array([-2]), keepdims=0)


def _taken(graph: Graph, products: Products, rows: str, places: Array, n: int) -> str:
    """Of n rows those at these places."""
    if np.array_equal(places.ravel(), np.arange(1, n + 1)):
        return rows
    if places.all():
        return graph.add("Gather", rows, places - 1, axis=-2)
    return graph.add("Gather", products.behind_zeros(graph, rows), places, axis=-2)


def _homes(places: Array, n: int) -> Array:
    """For each of n positions where it stands among the places, counted from 1; rows are filled up with 0."""
    number = np.bincount(places, minlength=n + 1)
    homes = np.zeros((n, number[1:].max()), dtype=places.dtype)
    # In the order of the positions, those of one next to each other; in front are the zeros of the padding.
    order = np.argsort(places, kind="stable")[number[0] :]
    homes[np.arange(homes.shape[1]) < number[1:, None]] = order + 1
    return homes
