"""Grouper: one copy of a transformer for each value of a feature."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
from river import compose

from ..graph import Graph
from .categories import TOO_LARGE
from .converter import Converter, Origin
from .registry import converter, register_converter
from .table import EITHER, TEXT, Kind, Table, encoded

BOOLS = {"False": 0.0, "True": 1.0}


@register_converter(compose.Grouper)
class GrouperConverter(Converter):
    """What belongs to no group that it has met goes through the transformer as it was at the start, as in River."""

    def __init__(self, step: Any, name: str) -> None:
        super().__init__(step, name)
        if len(step.by) != 1:
            raise ValueError(f"{name} groups by {step.by!r}: only by a single feature can be exported")
        self._by = str(step.by[0])
        # River groups by the text of a value and keeps nothing else of it.
        self._groups = {
            key: converter(transformer, f"{name} > {key}") for key, transformer in step.transformers.items()
        }
        for key in ("None", ""):
            if key in self._groups:
                raise ValueError(
                    f"{name} has the group {key!r} of {self._by!r}, which stands for an absent value in a file: impute "
                    f"{self._by!r} in front"
                )
        self._kind = EITHER if all(math.isfinite(_number(key)) for key in self._groups) else TEXT
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

    def _code(self, graph: Graph, table: Table) -> tuple[str, dict[str, float]]:
        """A tensor [batch, 1] that tells the groups apart, and its value for each of them."""
        if self._by not in table.texts:
            return table.pick(graph, (self._by,)), self._numbers()
        codes = {key: float(code) for code, key in enumerate(self._groups)}
        return encoded(graph, table.texts[self._by], codes, -1.0), codes

    def _numbers(self) -> dict[str, float]:
        """The groups as numbers, where another step takes the feature as one."""
        numbers = {key: _number(key) for key in self._groups}
        large = [key for key, number in numbers.items() if abs(number) >= TOO_LARGE]
        if large:
            raise ValueError(
                f"{self.name} has the group {large[0]} of {self._by!r}, which another step takes as a number: from "
                "2**24 on a float32 rounds whole numbers to one another. Group by a copy of it under another name"
            )
        if len({float(np.float32(number)) for number in numbers.values()}) < len(numbers):
            raise ValueError(
                f"{self.name} has groups that are the same as float32 numbers, such as 1 and 1.0: use one type for them"
            )
        return numbers


def _number(key: str) -> float:
    """The number with this text; NaN if there is none."""
    if key in BOOLS:
        return BOOLS[key]
    try:
        return float(key)
    except ValueError:
        return math.nan
