"""Rows and matrices of one network, or of replicas stacked on a leading axis."""

from __future__ import annotations

import numpy as np

from ..graph import Graph


class Single:
    """Of one network: rows are [1, n], weights [fan_in, fan_out]. Gemm transposes, scales and adds on the way."""

    def matrix(self, graph: Graph, flat: str, fan_in: int, fan_out: int) -> str:
        return graph.add("Reshape", flat, np.array([fan_in, fan_out]))

    def flat(self, graph: Graph, matrix: str) -> str:
        return graph.add("Reshape", matrix, np.array([1, -1]))

    def affine(self, graph: Graph, h: str, W: str, b: str) -> str:
        """$h W + b$."""
        return graph.add("Gemm", h, W, b)

    def back(self, graph: Graph, c: str, W: str) -> str:
        """$c W^T$."""
        return graph.add("Gemm", c, W, transB=1)

    def outer(self, graph: Graph, h: str, c: str) -> str:
        """$h^T c$."""
        return graph.add("Gemm", h, c, transA=1)

    def outer_minus(self, graph: Graph, h: str, c: str, matrix: str) -> str:
        """$h^T c - matrix$."""
        return graph.add("Gemm", h, c, matrix, transA=1, beta=-1.0)

    def dot(self, graph: Graph, a: str, b: str) -> str:
        """Sum of the products of two rows, [1, 1]."""
        return graph.add("Gemm", a, b, transB=1)

    def descend(self, graph: Graph, row: str, rate: str, direction: str, output: str) -> str:
        """row - rate direction, for a rate [1, 1]."""
        return graph.add("Gemm", rate, direction, row, output=output, alpha=-1.0)


_ROW, _COLUMN = np.array([0, 1, -1]), np.array([0, -1, 1])


class Stacked:
    """Of replicas: rows are [replicas, 1, n], weights [replicas, fan_in, fan_out]."""

    def matrix(self, graph: Graph, flat: str, fan_in: int, fan_out: int) -> str:
        return graph.add("Reshape", flat, np.array([-1, fan_in, fan_out]))

    def flat(self, graph: Graph, matrix: str) -> str:
        return graph.add("Reshape", matrix, _ROW)

    def affine(self, graph: Graph, h: str, W: str, b: str) -> str:
        """$h W + b$."""
        return graph.add("Add", graph.add("MatMul", h, W), b)

    def back(self, graph: Graph, c: str, W: str) -> str:
        """$c W^T$."""
        return graph.add("Reshape", graph.add("MatMul", W, graph.add("Reshape", c, _COLUMN)), _ROW)

    def outer(self, graph: Graph, h: str, c: str) -> str:
        """$h^T c$."""
        return graph.add("MatMul", graph.add("Reshape", h, _COLUMN), c)

    def outer_minus(self, graph: Graph, h: str, c: str, matrix: str) -> str:
        """$h^T c - matrix$."""
        return graph.add("Sub", self.outer(graph, h, c), matrix)

    def dot(self, graph: Graph, a: str, b: str) -> str:
        """Sums of the products of rows, [replicas, 1, 1]."""
        return graph.add("ReduceSum", graph.add("Mul", a, b), np.array([-1]))

    def descend(self, graph: Graph, row: str, rate: str, direction: str, output: str) -> str:
        """row - rate direction, for rates [replicas, 1, 1]."""
        return graph.add("Sub", row, graph.add("Mul", direction, rate), output=output)


Products = Single | Stacked
