"""Binarizer and Normalizer: numbers in, numbers out, nothing learned."""

from __future__ import annotations

import numpy as np
from onnx import TensorProto
from river import preprocessing

from ..graph import Graph
from .converter import Converter, Origin
from .registry import register_converter
from .table import NUMBER, TEXT, Kind, Table


@register_converter(preprocessing.Binarizer)
class BinarizerConverter(Converter):
    """Texts pass, as in River."""

    def origin(self, name: str, kind: Kind) -> Origin | None:
        return Origin({name: TEXT if kind == TEXT else NUMBER})

    def convert(self, graph: Graph, table: Table, wanted: dict[str, Kind]) -> Table:
        if (self._encoded(False), self._encoded(True)) != (0.0, 1.0):
            raise ValueError(
                f"{self.name} has dtype {self.step.dtype!r}, where a file holds numbers: use bool or float"
            )
        if not table.numbers:
            return table
        above = graph.add("Cast", graph.add("Greater", table.values, self._threshold()), to=TensorProto.FLOAT)
        # Nothing is above or below a feature that is absent.
        return table.with_values(graph.add("Where", graph.add("IsNaN", table.values), table.values, above))

    def _encoded(self, above: bool) -> float:
        try:
            return float(self.step.dtype(above))
        except (TypeError, ValueError):
            return np.nan

    def _threshold(self) -> float:
        # A float32 is above a number if and only if it is above the next float32 below.
        threshold = np.float32(self.step.threshold)
        return float(threshold if threshold <= self.step.threshold else np.nextafter(threshold, np.float32(-np.inf)))


@register_converter(preprocessing.Normalizer)
class NormalizerConverter(Converter):
    def origin(self, name: str, kind: Kind) -> Origin | None:
        return Origin({name: NUMBER}) if kind != TEXT else None

    def passes_all(self, seen: bool) -> bool:
        if not seen:
            raise ValueError(
                f"a step behind {self.name} leaves features out that count in its norm: "
                "select the features in front of it instead"
            )
        return True

    def convert(self, graph: Graph, table: Table, wanted: dict[str, Kind]) -> Table:
        x, absent = table.values, graph.add("IsNaN", table.values)
        if self.step.order in (2, None):
            # What is squared is at most 1: the square of 1e20 or of 1e-25 is no float32.
            x = graph.add("Div", x, _largest(graph, graph.add("Where", absent, 0.0, x)))
        present = graph.add("Where", absent, 0.0, x)
        return table.with_values(graph.add("Div", x, self._norm(graph, present)))

    def _norm(self, graph: Graph, x: str) -> str:
        match self.step.order:
            case 1:
                return graph.add("ReduceSum", graph.add("Abs", x), np.array([1]), keepdims=1)
            case 2 | None:
                return graph.add("Sqrt", graph.add("ReduceSum", graph.add("Mul", x, x), np.array([1]), keepdims=1))
            case np.inf:
                return _largest(graph, x)
        raise ValueError(f"{self.name} has order {self.step.order!r}: only 1, 2 and inf can be exported")


def _largest(graph: Graph, x: str) -> str:
    return graph.add("ReduceMax", graph.add("Abs", x), axes=[1], keepdims=1)
