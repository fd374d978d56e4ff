"""Adam's momentum for a sample that stands for several."""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import GraphProto, helper

from streamnorm.arguments import LARGEST_WEIGHT
from streamnorm.optim import Adam

from ..graph import Graph


def add_repeated_momentum(
    graph: Graph, adam: Adam, m: str, gradient: str, bias: str, awake: str, gate: str, output: str
) -> str:
    """Nodes that do what `Adam.momentum_of_repeats` says: a branch, not taken at a weight of 1.

    Parameters
    ----------
    graph
        Takes the branch, in the type of the parameters.
    adam
        The optimiser.
    m
        The momentum after one step.
    gradient
        Of the parameters.
    bias
        What is missing from `m` because it started at zero, $1 - \\beta_1^t$.
    awake
        For each parameter 1, or 0 where its unit has no error.
    gate
        Whether anything may change.
    output
        Name of the momentum that is left behind.

    Returns
    -------
    The name of the momentum that the step goes along.

    """
    exact = graph.in_type(np.float64)
    mean = "momentum.mean"
    graph.nodes.append(
        helper.make_node(
            "If",
            [exact.add("Greater", "weight", 1.0)],
            [mean, output],
            name="momentum",
            then_branch=_repeated(graph.dtype, adam, m, gradient, bias, awake, gate),
            else_branch=_once(graph.dtype, m),
        )
    )
    return mean


def _once(dtype: np.dtype[Any], m: str) -> GraphProto:
    graph = Graph(dtype, scope="once.")
    return _branch(graph, [graph.add("Identity", m), graph.add("Identity", m)])


def _repeated(
    dtype: np.dtype[Any],
    adam: Adam,
    m: str,
    gradient: str,
    bias: str,
    awake: str,
    gate: str,
) -> GraphProto:
    graph = Graph(dtype, scope="several.")
    exact = graph.in_type(np.float64)
    repeats = exact.add("Min", "weight", LARGEST_WEIGHT)
    last = exact.add("Pow", exact.constant(adam.beta_1), repeats)
    settled = exact.add("Div", exact.add("Sub", 1.0, last), exact.add("Mul", repeats, 1.0 - adam.beta_1))
    missing = graph.add("Mul", graph.add("Sub", graph.add("Mul", gradient, bias), m), awake)
    parts = exact.add("Sub", 1.0, settled), exact.add("Sub", 1.0, exact.add("Div", last, adam.beta_1))
    results = []
    for part in parts:
        open_part = graph.add("Where", gate, graph.cast(part), 0.0)
        results.append(graph.add("Add", m, graph.add("Mul", missing, open_part)))
    return _branch(graph, results)


def _branch(graph: Graph, outputs: list[str]) -> GraphProto:
    code = helper.np_dtype_to_tensor_dtype(graph.dtype)
    described = [helper.make_tensor_value_info(name, code, None) for name in outputs]
    return helper.make_graph(graph.nodes, graph.scope.rstrip("."), [], described, initializer=graph.constants)
