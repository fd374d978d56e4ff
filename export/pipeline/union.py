"""TransformerUnion (`+`): steps side by side."""

from __future__ import annotations

import itertools
from typing import Any

from river import compose

from ..graph import Graph
from .converter import Converter, Origin, Sure, in_words
from .registry import register_converter
from .sequence import converters
from .table import Kind, Table, concatenated, is_absent


@register_converter(compose.TransformerUnion)
class UnionConverter(Converter):
    """Of features with the same name the first branch's wins, where it is present."""

    def __init__(self, step: Any, name: str) -> None:
        super().__init__(step, name)
        self._branches = converters(step.transformers, name)

    def origin(self, name: str, kind: Kind) -> Origin | None:
        origins = [*self._origins(name, kind).values()]
        if not origins:
            return None
        self._check(origins)
        features: dict[str, Kind] = {}
        for origin in origins:
            self.merge(features, origin.features)
        return Origin(features, max(origin.sure for origin in origins))

    def passes_all(self, seen: bool) -> bool:
        each = [branch.passes_all(seen) for branch in self._branches]  # Every branch has its say.
        return any(each)

    def convert(self, graph: Graph, table: Table, wanted: dict[str, Kind]) -> Table:
        shares: dict[Converter, dict[str, Kind]] = {branch: {} for branch in self._branches}
        for name, kind in wanted.items():
            for branch in self._origins(name, kind):
                shares[branch][name] = kind
        parts = [
            branch.convert(graph, table.take(graph, branch.needs(share)), share)
            for branch, share in shares.items()
            if share
        ]
        united = parts[0]
        for part in parts[1:]:
            united = _united(graph, united, part)
        return united

    def _origins(self, name: str, kind: Kind) -> dict[Converter, Origin]:
        """The branches that make the feature."""
        able = {branch: branch.origin(name, kind) for branch in self._branches}
        origins = {branch: origin for branch, origin in able.items() if origin}
        best = max((origin.sure for origin in origins.values()), default=Sure.NEVER)
        surest = [origin.features for origin in origins.values() if origin.sure is best]
        # A branch that hands on whatever it gets does not get `c_a` where another makes it of the text `c`.
        return {
            branch: origin
            for branch, origin in origins.items()
            if origin.sure is best
            or (origin.sure is not Sure.NEVER and any(_agree(origin.features, features) for features in surest))
        }

    def _check(self, origins: list[Origin]) -> None:
        """Raise where an int and a float go different ways, and nothing tells which of them a feature is."""
        for one, other in itertools.permutations(origins, 2):
            for name in one.features.keys() & other.features.keys():
                if one.sure < Sure.KNOWN and not one.features[name] >= other.features[name]:
                    raise ValueError(
                        f"{self.name} has a branch that takes {name!r} if it is {in_words(one.features[name])}, and "
                        f"another that makes the same feature of it if it is {in_words(other.features[name])}. A file "
                        "cannot tell these apart: select features by name in these branches"
                    )


def _agree(features: dict[str, Kind], others: dict[str, Kind]) -> bool:
    return all(name in others and kind & others[name] for name, kind in features.items())


def _united(graph: Graph, first: Table, second: Table) -> Table:
    texts = first.texts | second.texts
    for name in first.texts.keys() & second.texts.keys():
        text = first.texts[name]
        texts[name] = graph.add("Where", is_absent(graph, text), second.texts[name], text)
    if not (first.numbers and second.numbers):
        return Table(first.numbers or second.numbers, first.values or second.values, texts)
    common = {*first.numbers} & {*second.numbers}
    both = [name for name in first.numbers if name in common]
    alone = [[name for name in table.numbers if name not in common] for table in (first, second)]
    parts = [table.pick(graph, names) for table, names in zip((first, second), alone, strict=True) if names]
    if both:
        mine, other = (table.pick(graph, both) for table in (first, second))
        parts.append(graph.add("Where", graph.add("IsNaN", mine), other, mine))
    return Table((*alone[0], *alone[1], *both), concatenated(graph, parts), texts)
