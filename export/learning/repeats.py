"""How far one step goes on a sample that stands for several."""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import GraphProto, helper

from streamnorm.arguments import LARGEST_WEIGHT

from ..graph import Graph
from .ends import Gradient
from .products import Products

_SCALAR = np.array([], dtype=np.int64)


class Repeats:
    """Follows repeats of the sample at the output, as `streamnorm.engines.repeats`, in a loop. A weight of 1 skips it.

    Parameters
    ----------
    products
        Of one network, or of several.
    gradient
        Adds nodes to a graph, from an output to the loss's gradient at it.
    output, delta
        The output and the gradient at it, [replicas, 1, outputs].
    error
        $|\\delta|^2$.

    """

    def __init__(self, products: Products, gradient: Gradient, output: str, delta: str, error: str) -> None:
        self._products = products
        self._gradient = gradient
        self._output = output
        self._delta = delta
        self._error = error

    def add(self, graph: Graph, rate: str, gain: str) -> str:
        """Names the size of the one step that takes the place of all of them, [replicas, 1, 1].

        Parameters
        ----------
        graph
            Takes the loop, in the type of the parameters.
        rate, gain
            The size of the first step, [replicas, 1, 1], and $\\kappa$: their product is the part of the error
            that it mends.

        """
        exact = graph.in_type(np.float64)
        several = exact.add("Reshape", exact.add("Greater", "weight", 1.0), _SCALAR)
        most = graph.constant(np.array(int(LARGEST_WEIGHT) - 1))
        first = graph.add("Mul", rate, graph.cast(exact.add("Min", "weight", 1.0)))
        carried = [self._output, self._delta, first]
        outputs = [f"repeated.{name}" for name in ("output", "delta", "size")]
        body = self._body(graph.dtype, rate, gain)
        graph.nodes.append(helper.make_node("Loop", [most, several, *carried], outputs, name="Loop", body=body))
        return outputs[-1]

    def _body(self, dtype: np.dtype[Any], rate: str, gain: str) -> GraphProto:
        graph = Graph(dtype, scope="repeat.")
        exact = graph.in_type(np.float64)
        moved = graph.add("Mul", "repeat.delta", graph.add("Mul", rate, gain))
        output = graph.add("Sub", "repeat.output", moved, output="repeat.next_output")
        delta = graph.add("Identity", self._gradient(graph, output), output="repeat.next_delta")
        left = exact.add("Sub", "weight", exact.add("Add", exact.cast("repeat.done"), 1.0))
        part = graph.cast(exact.add("Min", left, 1.0))
        along = graph.add("Div", self._products.dot(graph, delta, self._delta), self._error)
        further = graph.add("Mul", graph.add("Mul", part, rate), along)
        size = graph.add("Add", "repeat.size", further, output="repeat.next_size")
        again = exact.add("Reshape", exact.add("Greater", left, 1.0), _SCALAR, output="repeat.next_again")
        code = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
        counts = [
            helper.make_tensor_value_info("repeat.done", helper.np_dtype_to_tensor_dtype(np.dtype(np.int64)), []),
            helper.make_tensor_value_info("repeat.again", helper.np_dtype_to_tensor_dtype(np.dtype(np.bool_)), []),
        ]
        carried = [helper.make_tensor_value_info(f"repeat.{n}", code, None) for n in ("output", "delta", "size")]
        results = [helper.make_tensor_value_info(name, code, None) for name in (output, delta, size)]
        condition = helper.make_tensor_value_info(again, helper.np_dtype_to_tensor_dtype(np.dtype(np.bool_)), [])
        return helper.make_graph(
            graph.nodes, "repeat", [*counts, *carried], [condition, *results], initializer=graph.constants
        )
