"""An ONNX graph under construction."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper

from streamnorm.typing import Array


class Graph:
    """Nodes and constants in the order in which they were added, which is the order of their execution.

    Examples
    --------
    >>> graph = Graph()
    >>> graph.add("Clip", graph.add("Sub", "x", np.array([1.0, 2.0])), -5.0, 5.0, output="z")
    'z'
    >>> [(node.op_type, list(node.input)) for node in graph.nodes]
    [('Sub', ['x', 'Sub0.1']), ('Clip', ['Sub0', 'z.1', 'z.2'])]

    """

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def add(self, op: str, *inputs: str | float | Array, output: str | None = None, **attributes: Any) -> str:
        """Append a node and return the name of its output.

        Parameters
        ----------
        op
            Name of an operator with one output.
        inputs
            The name of what another node gives, or a constant: a number, or an array of floats, int64 or str objects.
        output
            Name of the output, for those that the graph shows.
        attributes
            Attributes of the operator.

        Raises
        ------
        ValueError
            For a constant that is not finite as a float32.

        """
        output = output or f"{op}{len(self.nodes)}"
        names = [
            value if isinstance(value, str) else self._constant(f"{output}.{position}", value)
            for position, value in enumerate(inputs)
        ]
        self.nodes.append(helper.make_node(op, names, [output], name=output, **attributes))
        return output

    def _constant(self, name: str, value: float | Array) -> str:
        array = np.asarray(value)
        if array.dtype.kind == "f":
            with np.errstate(over="ignore"):
                array = array.astype(np.float32)
            if not np.isfinite(array).all():
                raise ValueError("the model holds numbers beyond the range of a float32, in which a file stores them")
        self.constants.append(numpy_helper.from_array(array, name))
        return name
