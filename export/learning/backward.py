"""From the loss's gradient at the output to the gradient of all parameters."""

from __future__ import annotations

import itertools
from typing import NamedTuple

from ..graph import Graph
from .forward import Forward
from .pooling import Pooling
from .products import Products
from .units import Units
from .weighted import Weighted


class Backward(NamedTuple):
    r"""The gradient of the flat parameters, and $e = \partial L / \partial z$ of each layer that has any, input side
    first."""

    gradient: str
    errors: list[str]


def add_backward(graph: Graph, products: Products, forward: Forward, delta: str) -> Backward:
    r"""Nodes of the backward pass, from $\partial L / \partial o$."""
    gradients = [products.flat(graph, products.outer(graph, forward.head.h, delta)), delta]
    errors = [delta]
    # How far the gradient has come, and the layer that it goes back through next.
    d = delta
    last: Weighted | Pooling = forward.head
    # In front of the first units nobody learns.
    for layer in reversed([*itertools.dropwhile(lambda layer: isinstance(layer, Pooling), forward.hidden)]):
        d = last.back(graph, products, d)
        if isinstance(layer, Units):
            e = graph.add("Mul", d, layer.slope)
            d, own = layer.gradients(graph, products, e)
            errors.insert(0, e)
            gradients = [*own, *gradients]
            last = layer.weighted
        else:
            last = layer
    return Backward(graph.add("Concat", *gradients, axis=-1), errors)
