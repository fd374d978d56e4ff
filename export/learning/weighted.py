from __future__ import annotations

from typing import NamedTuple

from ..graph import Graph
from .patches import Patches
from .products import Products


class Weighted(NamedTuple):
    """The weights of a layer at its input during a step, by the names of the tensors.

    Parameters
    ----------
    patches
        What the units see; a dense layer's and the head's is all of the input.
    h
        The patches, rows.
    W
        Weights, a column for each unit.

    """

    patches: Patches
    h: str
    W: str

    def back(self, graph: Graph, products: Products, c: str) -> str:
        """From the gradient at the products to that at the input."""
        patches = self.patches
        dh = products.back(graph, c, self.W, patches.number)
        if patches.area > 1:
            dh = products.shaped(graph, dh, patches.number * patches.area, patches.channels)
        return patches.scatter(graph, products, dh)
