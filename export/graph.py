"""An ONNX graph under construction."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import helper, numpy_helper

from streamnorm.typing import Array


class Graph:
    """Nodes and constants in the order in which they were added, which is the order of their execution.

    Parameters
    ----------
    dtype
        Type of the float constants.
    scope
        What the names of nodes begin with: inside a loop or a branch they must differ from those around it.

    Examples
    --------
    >>> graph = Graph()
    >>> graph.add("Clip", graph.add("Sub", "x", np.array([1.0, 2.0])), -5.0, 5.0, output="z")
    'z'
    >>> [(node.op_type, list(node.input)) for node in graph.nodes]
    [('Sub', ['x', 'Sub0.1']), ('Clip', ['Sub0', 'z.1', 'z.2'])]

    """

    def __init__(self, dtype: npt.DTypeLike = np.float32, scope: str = "") -> None:
        self.dtype = np.dtype(dtype)
        self.scope = scope
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def in_type(self, dtype: npt.DTypeLike) -> Graph:
        """The same graph, for nodes whose float constants are of another type."""
        other = Graph(dtype, self.scope)
        other.nodes, other.constants = self.nodes, self.constants
        return other

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
            For a constant that is not finite in the graph's type.

        """
        output = output or f"{self.scope}{op}{len(self.nodes)}"
        names = [
            value if isinstance(value, str) else self._constant(f"{output}.{position}", value)
            for position, value in enumerate(inputs)
        ]
        self.nodes.append(helper.make_node(op, names, [output], name=output, **attributes))
        return output

    def split(self, tensor: str, sizes: list[int], axis: int) -> list[str]:
        """Append a node that cuts a tensor, and return the names of the pieces."""
        first = f"{self.scope}Split{len(self.nodes)}"
        pieces = [f"{first}.part{index}" for index in range(len(sizes))]
        names = [tensor, self._constant(f"{first}.sizes", np.array(sizes))]
        self.nodes.append(helper.make_node("Split", names, pieces, name=first, axis=axis))
        return pieces

    def cast(self, tensor: str, dtype: npt.DTypeLike | None = None, output: str | None = None) -> str:
        """Append a node that gives a tensor in another type: the graph's, unless one is named."""
        code = helper.np_dtype_to_tensor_dtype(np.dtype(dtype or self.dtype))
        return self.add("Cast", tensor, output=output, to=code)

    def constant(self, value: float | Array) -> str:
        """The name of a constant, for where no node takes it as an input."""
        return self._constant(f"{self.scope}constant{len(self.constants)}", value)

    def _constant(self, name: str, value: float | Array) -> str:
        array = np.asarray(value)
        if array.dtype.kind == "f":
            with np.errstate(over="ignore"):
                array = array.astype(self.dtype)
            if not np.isfinite(array).all():
                raise ValueError(f"the model holds numbers beyond the range of a {self.dtype}, as a file stores them")
        self.constants.append(numpy_helper.from_array(array, name))
        return name
