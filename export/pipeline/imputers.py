"""Imputers, with the values that they would fill in now.

River fills in for a None and leaves an absent feature as it is; a tensor has one value for both, which is filled in.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from numbers import Real
from typing import Any

import numpy as np
from river import preprocessing

from ..graph import Graph
from .converter import Converter, Origin, Sure, by_text, in_words
from .registry import register_converter
from .table import NUMBER, TEXT, Kind, Table, is_absent


class ImputerConverter(Converter):
    """Base of these converters. They differ in where the values come from."""

    def __init__(self, step: Any, name: str) -> None:
        super().__init__(step, name)
        values = self.values()
        known = by_text(values, name)
        self._values = {text: values[feature] for text, feature in known.items() if _is_value(values[feature])}

    def values(self) -> Mapping[Any, Any]:
        """What is filled in for each feature; None for nothing."""
        raise NotImplementedError

    def origin(self, name: str, kind: Kind) -> Origin | None:
        value = self._values.get(name)
        if value is None:
            return Origin({name: kind})
        filled = kind & (TEXT if isinstance(value, str) else NUMBER)
        if not filled:
            raise ValueError(f"{self.name} fills in {value!r} for {name!r}, which is {in_words(kind)} behind it")
        return Origin({name: filled}, Sure.KNOWN)

    def convert(self, graph: Graph, table: Table, wanted: dict[str, Kind]) -> Table:
        texts = {
            name: graph.add("Where", is_absent(graph, text), np.array(self._values[name], dtype=object), text)
            if name in self._values
            else text
            for name, text in table.texts.items()
        }
        return replace(table, values=self._filled(graph, table), texts=texts)

    def _filled(self, graph: Graph, table: Table) -> str:
        if not self._values.keys() & set(table.numbers):
            return table.values
        absent = graph.add("IsNaN", table.values)
        if not self._values.keys() >= set(table.numbers):
            absent = graph.add("And", absent, np.array([name in self._values for name in table.numbers]))
        filled = np.array([float(self._values.get(name, 0.0)) for name in table.numbers])
        return graph.add("Where", absent, filled, table.values)


def _is_value(value: Any) -> bool:
    # A statistic of nothing is None or infinite.
    return isinstance(value, str) or (isinstance(value, Real) and math.isfinite(value))


@register_converter(preprocessing.StatImputer)
class StatImputerConverter(ImputerConverter):
    def values(self) -> Mapping[Any, Any]:
        return {feature: stat.get() for feature, stat in self.step.stats.items()}


@register_converter(preprocessing.PreviousImputer)
class PreviousImputerConverter(ImputerConverter):
    def values(self) -> Mapping[Any, Any]:
        latest: Mapping[Any, Any] = self.step._latest
        return latest
