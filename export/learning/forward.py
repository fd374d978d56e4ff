"""From the standardised input to the network's output, with what the way back needs."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from streamnorm.activations import ACTIVATIONS as MOMENTS
from streamnorm.layers.dense import SMALLEST_NORM

from ..graph import Graph
from .activations import ACTIVATIONS
from .layout import Layout
from .products import Products


class Hidden(NamedTuple):
    r"""A hidden layer during a step, by the names of its tensors.

    Parameters
    ----------
    h
        Its input, a row.
    W
        Weights, a column for each unit.
    g, u, z, r
        Gain, projection, pre-activation and norm of each unit, rows.
    slope
        $f'(z) / d_f$ of each unit.

    """

    h: str
    W: str
    g: str
    u: str
    z: str
    r: str
    slope: str


class Forward(NamedTuple):
    """The output, the hidden layers on the way, and the head's input and weights."""

    output: str
    hidden: list[Hidden]
    h: str
    W: str


def add_forward(graph: Graph, products: Products, theta: str, layout: Layout, activation: str, h: str) -> Forward:
    """Nodes of the forward pass, from the flat parameters."""
    m, d = MOMENTS[activation].moments
    pieces = iter(graph.split(theta, layout.sizes, axis=-1))
    *hidden, head = [{name: next(pieces) for name in shapes} for shapes in layout.shapes]
    layers = []
    for shapes, parameters in zip(layout.shapes, hidden, strict=False):
        fan_out, fan_in = shapes["W"]
        W, g, b = products.matrix(graph, parameters["W"], fan_in, fan_out), parameters["g"], parameters["b"]
        # A product with ones is the sum that takes onnxruntime least.
        ones, smallest = graph.constant(np.ones((1, fan_in))), graph.constant(np.full((1, 1), SMALLEST_NORM**2))
        r = graph.add("Sqrt", products.affine(graph, ones, graph.add("Mul", W, W), smallest))
        u = graph.add("Div", graph.add("MatMul", h, W), r)
        z = graph.add("Add", graph.add("Mul", g, u), b)
        f, slope = ACTIVATIONS[activation](graph, z, 1.0 / d)
        layers.append(Hidden(h, W, g, u, z, r, slope))
        h = graph.add("Div", graph.add("Sub", f, m), d)
    fan_out, fan_in = layout.shapes[-1]["W"]
    W = products.matrix(graph, head["W"], fan_in, fan_out)
    return Forward(products.affine(graph, h, W, head["b"]), layers, h, W)
