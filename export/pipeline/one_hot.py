"""OneHotEncoder: for each category a column that is 1 where the feature has it."""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import TensorProto
from river import preprocessing

from ..graph import Graph
from .categories import kind_of
from .converter import Converter, Origin, Sure, by_text
from .registry import register_converter
from .table import TEXT, Kind, Table, concatenated, encoded


@register_converter(preprocessing.OneHotEncoder)
class OneHotEncoderConverter(Converter):
    """An unseen category is all zeros."""

    def __init__(self, step: Any, name: str) -> None:
        super().__init__(step, name)
        if step.drop_zeros and step.categories is None:
            raise ValueError(
                f"{name} has drop_zeros=True and therefore keeps no categories that a file could hold: "
                "give it categories=, or leave the zeros"
            )
        if step.drop_zeros and step.drop_first:
            raise ValueError(
                f"{name} has drop_zeros=True and drop_first=True, with which the column that is dropped depends on the "
                "sample: leave one of them"
            )
        self._categories = {text: step.values[feature] for text, feature in by_text(step.values, name).items()}
        self._kinds = {feature: kind_of(values, feature, name) for feature, values in self._categories.items()}
        # What a column is called, and which category of which feature it stands for.
        self._columns: dict[str, tuple[str, Any]] = {}
        for feature, values in self._categories.items():
            for value in values:
                column = f"{feature}_{value}"
                if column in self._columns:
                    raise ValueError(f"{name} makes {column!r} of two different categories: rename a feature")
                self._columns[column] = feature, value
        if step.drop_first and self._columns:
            del self._columns[min(self._columns)]

    def origin(self, name: str, kind: Kind) -> Origin | None:
        if kind == TEXT or name not in self._columns:
            return None
        feature, _ = self._columns[name]
        return Origin({feature: self._kinds[feature]}, Sure.KNOWN)

    def convert(self, graph: Graph, table: Table, wanted: dict[str, Kind]) -> Table:
        # A text becomes the number of its category, so that one comparison serves all columns.
        codes = {
            name: {value: float(i) for i, value in enumerate(sorted(self._categories[name]))} for name in table.texts
        }
        parts = [table.values] if table.numbers else []
        parts += [encoded(graph, text, codes[name], -1.0) for name, text in table.texts.items()]
        features = Table((*table.numbers, *table.texts), concatenated(graph, parts))
        sources = [self._columns[name] for name in wanted]
        sought = [codes[name][value] if name in codes else float(value) for name, value in sources]
        found = graph.add("Equal", features.pick(graph, [name for name, _ in sources]), np.array(sought))
        hits = graph.add("Cast", found, to=TensorProto.FLOAT)
        # 0/0 is NaN, and 1/1 is 1.
        return Table(tuple(wanted), graph.add("Div", hits, hits) if self.step.drop_zeros else hits)
