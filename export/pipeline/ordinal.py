"""OrdinalEncoder: a category becomes its code."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from river import preprocessing

from ..graph import Graph
from .categories import kind_of
from .converter import Converter, Origin, Sure, by_text
from .registry import register_converter
from .table import TEXT, Kind, Table, concatenated, encoded


@register_converter(preprocessing.OrdinalEncoder)
class OrdinalEncoderConverter(Converter):
    """A feature that is missing is absent behind it, as in River; `none_value` is for a None, which no tensor holds."""

    def __init__(self, step: Any, name: str) -> None:
        super().__init__(step, name)
        features = by_text(step.values, name)
        self._codes = {text: step.values[feature] for text, feature in features.items()}
        self._kinds = {text: kind_of(codes, text, name) for text, codes in self._codes.items()}

    def origin(self, name: str, kind: Kind) -> Origin | None:
        if kind == TEXT or name not in self._codes:
            return None
        return Origin({name: self._kinds[name]}, Sure.KNOWN)

    def convert(self, graph: Graph, table: Table, wanted: dict[str, Kind]) -> Table:
        unknown = math.nan if self.step.unknown_value is None else float(self.step.unknown_value)
        columns = []
        for name, text in table.texts.items():
            codes = {category: float(code) for category, code in self._codes[name].items()}
            columns.append(encoded(graph, text, codes | {"": math.nan}, unknown))
        for name in table.numbers:
            columns.append(self._of_number(graph, table.pick(graph, (name,)), self._codes[name], unknown))
        return Table((*table.texts, *table.numbers), concatenated(graph, columns))

    def _of_number(self, graph: Graph, x: str, codes: dict[Any, int], unknown: float) -> str:
        encoder: dict[str, Any] = {
            "keys_floats": [float(np.float32(category)) for category in codes],
            "values_floats": [*map(float, codes.values())],
            "default_float": unknown,
        }
        # Runtimes differ in whether NaN is a key.
        absent = graph.add("IsNaN", x)
        return graph.add("Where", absent, x, graph.add("LabelEncoder", x, domain="ai.onnx.ml", **encoder))
