"""From the loss's gradient at the output to the gradient of all parameters."""

from __future__ import annotations

from typing import NamedTuple

from ..graph import Graph
from .forward import Forward
from .products import Products


class Backward(NamedTuple):
    r"""The gradient of the flat parameters, and of each layer $e = \partial L / \partial z$, input side first."""

    gradient: str
    errors: list[str]


def add_backward(graph: Graph, products: Products, forward: Forward, delta: str) -> Backward:
    r"""Nodes of the backward pass, from $\partial L / \partial o$.

    With $c_i = e_i g_i / r_i$: $\partial L / \partial w_i = c_i h - (c_i u_i / r_i) w_i$.
    """
    gradients = [products.flat(graph, products.outer(graph, forward.h, delta)), delta]
    errors = [delta]
    W, c = forward.W, delta
    for layer in reversed(forward.hidden):
        e = graph.add("Mul", products.back(graph, c, W), layer.slope)
        W, c = layer.W, graph.add("Div", graph.add("Mul", e, layer.g), layer.r)
        shrink = graph.add("Div", graph.add("Mul", c, layer.u), layer.r)
        dW = products.outer_minus(graph, layer.h, c, graph.add("Mul", W, shrink))
        errors.insert(0, e)
        gradients = [products.flat(graph, dW), graph.add("Mul", e, layer.u), e, *gradients]
    return Backward(graph.add("Concat", *gradients, axis=-1), errors)
