"""Grouper: one copy of a transformer for each value of a feature."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from river import compose

from ..graph import Graph
from .converter import Converter, Origin
from .registry import converter, register_converter
from .table import NUMBER, TEXT, Kind, Table, encoded


@register_converter(compose.Grouper)
class GrouperConverter(Converter):
    """What belongs to no group that it has met goes through the transformer as it was at the start, as in River."""

    def __init__(self, step: Any, name: str) -> None:
        super().__init__(step, name)
        if len(step.by) != 1:
            raise ValueError(f"{name} groups by {step.by!r}: only by a single feature can be exported")
        self._by = str(step.by[0])
        groups = list(step.transformers)
        # River groups by the text of a value, of which a stream of numbers leaves nothing else.
        self._kind = NUMBER if all(map(_is_number, groups)) else TEXT
        self._groups: dict[Any, Converter] = {
            float(np.float32(group)) if self._kind == NUMBER else group: converter(transformer, f"{name} > {group}")
            for group, transformer in step.transformers.items()
        }
        if len(self._groups) < len(groups):
            raise ValueError(f"{name} has groups that are the same number, such as 1 and 1.0: use one type for them")
        self._other = converter(step.transformer, name)

    def origin(self, name: str, kind: Kind) -> Origin | None:
        origins = [group.origin(name, kind) for group in (*self._groups.values(), self._other)]
        features: dict[str, Kind] = {self._by: self._kind}
        for origin in filter(None, origins):
            self.merge(features, origin.features)
        return Origin(features, max(origin.sure for origin in origins if origin)) if any(origins) else None

    def passes_all(self, seen: bool) -> bool:
        each = [group.passes_all(seen) for group in (*self._groups.values(), self._other)]  # Every group has its say.
        return all(each)

    def convert(self, graph: Graph, table: Table, wanted: dict[str, Kind]) -> Table:
        # Every group has the same table: what only some of them make is an error.
        code, codes = self._code(graph, table)
        result = self._other.convert(graph, table.take(graph, tuple(self._other.needs(wanted))), wanted)
        for key, group in self._groups.items():
            part = group.convert(graph, table.take(graph, tuple(group.needs(wanted))), wanted)
            inside = graph.add("Equal", code, codes[key])
            texts = {name: graph.add("Where", inside, part.texts[name], text) for name, text in result.texts.items()}
            if result.numbers:
                mine = part.pick(graph, result.numbers)
                result = result.with_values(graph.add("Where", inside, mine, result.values))
            result = replace(result, texts=texts)
        return result

    def _code(self, graph: Graph, table: Table) -> tuple[str, dict[Any, float]]:
        """A tensor [batch, 1] that tells the groups apart, and its value for each of them."""
        if self._kind == NUMBER:
            return table.pick(graph, (self._by,)), {key: key for key in self._groups}
        codes = {key: float(code) for code, key in enumerate(self._groups)}
        return encoded(graph, table.texts[self._by], codes, -1.0), codes


def _is_number(group: str) -> bool:
    try:
        return bool(np.isfinite(float(group)))
    except ValueError:
        return False
