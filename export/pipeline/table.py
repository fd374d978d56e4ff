"""What flows from step to step: the features of a batch as tensors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..graph import Graph

# What a feature may be in the samples of a stream. A tensor holds all numbers alike, but SelectType does not.
Kind = frozenset[type]
TEXT: Kind = frozenset({str})
NUMBER: Kind = frozenset({bool, int, float})
# A text in the end, unless another step takes the feature as a number.
EITHER: Kind = TEXT | NUMBER


@dataclass(frozen=True)
class Table:
    """Named features; all numbers are the columns of one tensor.

    Parameters
    ----------
    numbers
        Names of the columns of `values`.
    values
        Name of a float tensor [batch, numbers], NaN where a feature is absent. Without numbers it means nothing.
    texts
        For each text feature the name of a string tensor [batch, 1], empty where it is absent.

    """

    numbers: tuple[str, ...]
    values: str
    texts: dict[str, str] = field(default_factory=dict)

    def pick(self, graph: Graph, names: Sequence[str]) -> str:
        """A tensor of these numbers, in this order."""
        if tuple(names) == self.numbers:
            return self.values
        columns = {name: column for column, name in enumerate(self.numbers)}
        return graph.add("Gather", self.values, np.array([columns[name] for name in names]), axis=1)

    def take(self, graph: Graph, names: Iterable[str]) -> Table:
        """These features alone."""
        names = [*names]
        numbers = tuple(name for name in names if name not in self.texts)
        values = self.pick(graph, numbers) if numbers else ""
        return Table(numbers, values, {name: self.texts[name] for name in names if name in self.texts})

    def with_values(self, values: str) -> Table:
        """The same features with other numbers."""
        return replace(self, values=values)


def concatenated(graph: Graph, parts: Sequence[str]) -> str:
    """Columns side by side."""
    return parts[0] if len(parts) == 1 else graph.add("Concat", *parts, axis=1)


def encoded(graph: Graph, text: str, codes: dict[str, float], unknown: float) -> str:
    """A text as the number that stands for it, a float tensor [batch, 1]."""
    keys, values = [*codes], [*codes.values()]
    attributes: dict[str, Any] = {"keys_strings": keys, "values_floats": values, "default_float": unknown}
    return graph.add("LabelEncoder", text, domain="ai.onnx.ml", **attributes)


def is_absent(graph: Graph, text: str) -> str:
    """Where a text is absent, a bool tensor [batch, 1]. `Equal` of an old opset does not take strings."""
    return graph.add("Equal", encoded(graph, text, {"": 1.0}, 0.0), 1.0)
