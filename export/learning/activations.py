"""The activations of a hidden layer and their derivatives, as operators of ONNX in float32 and float64."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from streamnorm.activations import LEAKY_SLOPE

from ..graph import Graph

# Beyond, erf is 1 to the last digit.
_FAR = 6.0
_ERF_POINTS = 40

# The names of f(z) and of scale * f'(z).
Pair = tuple[str, str]


def _relu(graph: Graph, z: str, scale: float) -> Pair:
    f = graph.add("Relu", z)
    return f, graph.add("Mul", graph.add("Sign", f), scale)


def _leaky_relu(graph: Graph, z: str, scale: float) -> Pair:
    # onnxruntime's LeakyRelu is float32 only.
    f = graph.add("Max", z, graph.add("Mul", z, LEAKY_SLOPE))
    return f, graph.add("Where", graph.add("Greater", z, 0.0), scale, LEAKY_SLOPE * scale)


def _tanh(graph: Graph, z: str, scale: float) -> Pair:
    f = graph.add("Tanh", z)
    return f, graph.add("Mul", graph.add("Sub", 1.0, graph.add("Mul", f, f)), scale)


def _sigmoid(graph: Graph, z: str, scale: float) -> Pair:
    f = graph.add("Sigmoid", z)
    return f, graph.add("Mul", graph.add("Mul", f, graph.add("Sub", 1.0, f)), scale)


def _gelu(graph: Graph, z: str, scale: float) -> Pair:
    cdf = graph.add("Mul", graph.add("Add", _erf(graph, graph.add("Mul", z, math.sqrt(0.5))), 1.0), 0.5)
    exponential = graph.add("Exp", graph.add("Mul", graph.add("Mul", z, z), -0.5))
    density = graph.add("Mul", exponential, 1.0 / math.sqrt(2.0 * math.pi))
    f = graph.add("Mul", z, cdf)
    return f, graph.add("Mul", graph.add("Add", cdf, graph.add("Mul", z, density)), scale)


def _erf(graph: Graph, z: str) -> str:
    """Where onnxruntime has no Erf, in float64, Gauss and Legendre integrate it over t from 0 to 1 as exp(-z^2 t^2)."""
    if graph.dtype == np.float32:
        return graph.add("Erf", z)
    nodes, weights = np.polynomial.legendre.leggauss(_ERF_POINTS)
    t, w = 0.5 * (nodes + 1.0), weights / math.sqrt(math.pi)
    z = graph.add("Clip", z, -_FAR, _FAR)
    column = graph.add("Unsqueeze", graph.add("Mul", z, z), np.array([-1]))
    exponentials = graph.add("Exp", graph.add("Mul", column, -(t**2)))
    return graph.add("Mul", z, graph.add("ReduceSum", graph.add("Mul", exponentials, w), np.array([-1]), keepdims=0))


def _silu(graph: Graph, z: str, scale: float) -> Pair:
    s = graph.add("Sigmoid", z)
    f = graph.add("Mul", z, s)
    # s + z s (1 - s) = s + f (1 - s)
    derivative = graph.add("Add", s, graph.add("Mul", f, graph.add("Sub", 1.0, s)))
    return f, graph.add("Mul", derivative, scale)


def _softplus(graph: Graph, z: str, scale: float) -> Pair:
    # onnxruntime's Softplus is float32 only; this one cannot overflow.
    decayed = graph.add("Exp", graph.add("Neg", graph.add("Abs", z)))
    f = graph.add("Add", graph.add("Relu", z), graph.add("Log", graph.add("Add", 1.0, decayed)))
    return f, graph.add("Mul", graph.add("Sigmoid", z), scale)


def _identity(graph: Graph, z: str, scale: float) -> Pair:
    return z, graph.constant(scale)


# Each takes a graph, the name of the pre-activations and the scale.
ACTIVATIONS: dict[str, Callable[[Graph, str, float], Pair]] = {
    "relu": _relu,
    "leaky_relu": _leaky_relu,
    "tanh": _tanh,
    "sigmoid": _sigmoid,
    "gelu": _gelu,
    "silu": _silu,
    "softplus": _softplus,
    "identity": _identity,
}
