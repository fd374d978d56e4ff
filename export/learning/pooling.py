from __future__ import annotations

from typing import NamedTuple

import numpy as np

from streamnorm.layers import Pool
from streamnorm.moments import Moments

from ..graph import Graph
from .patches import Patches
from .products import Products

_NONE = Moments(0.0, 1.0)


class Pooling(NamedTuple):
    """A pool during a step.

    Parameters
    ----------
    pool
        The layer.
    patches
        Where they are.
    met
        The tensor of them, [patches, area, channels].

    """

    pool: Pool
    patches: Patches
    met: str

    def back(self, graph: Graph, products: Products, dh: str) -> str:
        """From the gradient at the output to that at the input. Of equal values the first has been the largest."""
        patches = self.patches
        if self.pool.moments != _NONE:
            dh = graph.add("Div", dh, self.pool.moments.sd)
        dh = products.shaped(graph, dh, patches.number, 1, patches.channels)
        if self.pool.maximum:
            first = graph.add("ArgMax", self.met, axis=-2)
            dh = graph.add("Where", graph.add("Equal", first, np.arange(patches.area)[:, None]), dh, 0.0)
        else:
            dh = graph.add("Mul", dh, np.full((patches.area, 1), 1.0 / patches.area))
        rows = products.shaped(graph, dh, patches.number * patches.area, patches.channels)
        return patches.scatter(graph, products, rows)


def add_pooling(graph: Graph, products: Products, pool: Pool, patches: Patches, h: str) -> tuple[Pooling, str]:
    """Nodes of a pool, and the name of what it hands on."""
    met = patches.gather(graph, products, h, patches.number, patches.area, patches.channels)
    h = graph.add("ReduceMax" if pool.maximum else "ReduceMean", met, axes=[-2], keepdims=0)
    if pool.moments != _NONE:
        h = graph.add("Div", graph.add("Sub", h, pool.moments.mean), pool.moments.sd)
    return Pooling(pool, patches, met), h
