"""The activations as operators of ONNX."""

from __future__ import annotations

import math
from collections.abc import Callable

from streamnorm.activations import LEAKY_SLOPE

from .graph import Graph


def _gelu(graph: Graph, z: str) -> str:
    # The Gelu operator is younger than the opset that old runtimes read.
    twice_cdf = graph.add("Add", graph.add("Erf", graph.add("Mul", z, math.sqrt(0.5))), 1.0)
    return graph.add("Mul", graph.add("Mul", z, twice_cdf), 0.5)


# Each takes a graph and the name of the pre-activations, and returns the name of the result.
OPERATORS: dict[str, Callable[[Graph, str], str]] = {
    "relu": lambda graph, z: graph.add("Relu", z),
    "leaky_relu": lambda graph, z: graph.add("LeakyRelu", z, alpha=LEAKY_SLOPE),
    "tanh": lambda graph, z: graph.add("Tanh", z),
    "sigmoid": lambda graph, z: graph.add("Sigmoid", z),
    "gelu": _gelu,
    "silu": lambda graph, z: graph.add("Mul", z, graph.add("Sigmoid", z)),
    "softplus": lambda graph, z: graph.add("Softplus", z),
    "identity": lambda graph, z: z,
}
