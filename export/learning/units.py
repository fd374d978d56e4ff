from __future__ import annotations

from typing import NamedTuple

import numpy as np

from streamnorm.activations import ACTIVATIONS as MOMENTS
from streamnorm.layers.dense import SMALLEST_NORM

from ..graph import Graph
from .activations import ACTIVATIONS
from .products import Products
from .weighted import Weighted


class Units(NamedTuple):
    r"""A layer of units during a step, by the names of its tensors.

    Parameters
    ----------
    weighted
        Its input and its weights.
    g, r
        Gain and norm of each unit, a row.
    u, z
        Projection and pre-activation of each unit, a row for each position.
    slope
        $f'(z) / d_f$, likewise.

    """

    weighted: Weighted
    g: str
    r: str
    u: str
    z: str
    slope: str

    @property
    def positions(self) -> int:
        return self.weighted.patches.number

    def gradients(self, graph: Graph, products: Products, e: str) -> tuple[str, list[str]]:
        r"""From $e = \partial L / \partial z$ to $c = e g / r$ and to the gradients of `W`, `g` and `b`, each a row.

        $\partial L / \partial w_i = \sum_p c_i h - (c_i u_i / r_i) w_i$.
        """
        c = graph.add("Div", graph.add("Mul", e, self.g), self.r)
        shrink = graph.add("Div", self._summed(graph, graph.add("Mul", c, self.u)), self.r)
        W = self.weighted.W
        dW = products.outer_minus(graph, self.weighted.h, c, graph.add("Mul", W, shrink), self.positions)
        dg = self._summed(graph, graph.add("Mul", e, self.u))
        return c, [products.flat(graph, dW), dg, self._summed(graph, e)]

    def _summed(self, graph: Graph, rows: str) -> str:
        """The sum over all positions."""
        return rows if self.positions == 1 else graph.add("MatMul", np.ones((1, self.positions)), rows)


def add_units(
    graph: Graph, products: Products, activation: str, weighted: Weighted, g: str, b: str
) -> tuple[Units, str]:
    """Nodes of a layer, and the name of what it hands on.

    Parameters
    ----------
    graph, products
        Take the nodes.
    activation
        Name of $f$.
    weighted
        Its input and its weights.
    g, b
        Gain and bias of each unit.

    """
    m, d = MOMENTS[activation].moments
    W, patches = weighted.W, weighted.patches
    # A product with ones is the sum that takes onnxruntime least.
    ones = graph.constant(np.ones((1, patches.area * patches.channels)))
    smallest = graph.constant(np.full((1, 1), SMALLEST_NORM**2))
    r = graph.add("Sqrt", products.affine(graph, ones, graph.add("Mul", W, W), smallest))
    u = graph.add("Div", graph.add("MatMul", weighted.h, W), r)
    z = graph.add("Add", graph.add("Mul", g, u), b)
    f, slope = ACTIVATIONS[activation](graph, z, 1.0 / d)
    return Units(weighted, g, r, u, z, slope), graph.add("Div", graph.add("Sub", f, m), d)
