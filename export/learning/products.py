"""Rows and matrices of one network, or of replicas stacked on a leading axis. A layer has a row for each position."""

from __future__ import annotations

import numpy as np

from ..graph import Graph


class Single:
    """Of one network: rows are [rows, n], weights [fan_in, fan_out]. Gemm transposes, scales and adds on the way."""

    def shaped(self, graph: Graph, tensor: str, *shape: int) -> str:
        return graph.add("Reshape", tensor, np.array(shape))

    def flat(self, graph: Graph, matrix: str) -> str:
        return graph.add("Reshape", matrix, np.array([1, -1]))

    def affine(self, graph: Graph, h: str, W: str, b: str) -> str:
        """$h W + b$."""
        return graph.add("Gemm", h, W, b)

    def back(self, graph: Graph, c: str, W: str, rows: int) -> str:
        """$c W^T$."""
        return graph.add("Gemm", c, W, transB=1)

    def outer(self, graph: Graph, h: str, c: str) -> str:
        """$h^T c$."""
        return graph.add("Gemm", h, c, transA=1)

    def outer_minus(self, graph: Graph, h: str, c: str, matrix: str, rows: int) -> str:
        """$h^T c - matrix$."""
        return graph.add("Gemm", h, c, matrix, transA=1, beta=-1.0)

    def dot(self, graph: Graph, a: str, b: str) -> str:
        """Sum of the products of two rows, [1, 1]."""
        return graph.add("Gemm", a, b, transB=1)

    def descend(self, graph: Graph, row: str, rate: str, direction: str, output: str) -> str:
        """row - rate direction, for a rate [1, 1]."""
        return graph.add("Gemm", rate, direction, row, output=output, alpha=-1.0)

    def behind_zeros(self, graph: Graph, rows: str) -> str:
        """A row of zeros, and the rows behind it."""
        return graph.add("Pad", rows, np.array([1, 0, 0, 0]))


_ROW, _COLUMN = np.array([0, 1, -1]), np.array([0, -1, 1])
_TURNED = [0, 2, 1]


class Stacked:
    """Of replicas: rows are [replicas, rows, n], weights [replicas, fan_in, fan_out]."""

    def shaped(self, graph: Graph, tensor: str, *shape: int) -> str:
        return graph.add("Reshape", tensor, np.array([-1, *shape]))

    def flat(self, graph: Graph, matrix: str) -> str:
        return graph.add("Reshape", matrix, _ROW)

    def affine(self, graph: Graph, h: str, W: str, b: str) -> str:
        """$h W + b$."""
        return graph.add("Add", graph.add("MatMul", h, W), b)

    def back(self, graph: Graph, c: str, W: str, rows: int) -> str:
        """$c W^T$."""
        if rows > 1:
            return graph.add("MatMul", c, graph.add("Transpose", W, perm=_TURNED))
        return graph.add("Reshape", graph.add("MatMul", W, graph.add("Reshape", c, _COLUMN)), _ROW)

    def outer(self, graph: Graph, h: str, c: str, rows: int = 1) -> str:
        """$h^T c$."""
        columns = graph.add("Transpose", h, perm=_TURNED) if rows > 1 else graph.add("Reshape", h, _COLUMN)
        return graph.add("MatMul", columns, c)

    def outer_minus(self, graph: Graph, h: str, c: str, matrix: str, rows: int) -> str:
        """$h^T c - matrix$."""
        return graph.add("Sub", self.outer(graph, h, c, rows), matrix)

    def dot(self, graph: Graph, a: str, b: str) -> str:
        """Sums of the products of rows, [replicas, 1, 1]."""
        return graph.add("ReduceSum", graph.add("Mul", a, b), np.array([-1]))

    def descend(self, graph: Graph, row: str, rate: str, direction: str, output: str) -> str:
        """row - rate direction, for rates [replicas, 1, 1]."""
        return graph.add("Sub", row, graph.add("Mul", direction, rate), output=output)

    def behind_zeros(self, graph: Graph, rows: str) -> str:
        """A row of zeros, and the rows behind it."""
        return graph.add("Pad", rows, np.array([0, 1, 0, 0, 0, 0]))


Products = Single | Stacked
