"""TransformerProduct (`*`): products of what its branches make."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from river import compose

from ..graph import Graph
from .converter import Converter, Origin, Sure, chained
from .polynomial import SIGN, product
from .registry import register_converter
from .sequence import converters
from .table import NUMBER, TEXT, Kind, Table


@register_converter(compose.TransformerProduct)
class ProductConverter(Converter):
    def __init__(self, step: Any, name: str) -> None:
        super().__init__(step, name)
        self._branches = converters(step.transformers, name)

    def origin(self, name: str, kind: Kind) -> Origin | None:
        factors = self._factors(name) if kind != TEXT else None
        if factors is None:
            return None
        features: dict[str, Kind] = {}
        origins = self._origins(factors)
        for origin in origins:
            self.merge(features, origin.features)
        return Origin(features, chained([Sure.BY_NAME, *(origin.sure for origin in origins)]))

    def passes_all(self, seen: bool) -> bool:
        each = [branch.passes_all(seen) for branch in self._branches]  # Every branch has its say.
        return any(each)

    def convert(self, graph: Graph, table: Table, wanted: dict[str, Kind]) -> Table:
        columns = [*zip(*(self._factors(name) or () for name in wanted), strict=True)]
        parts = []
        for branch, factors in zip(self._branches, columns, strict=True):
            share: dict[str, Kind] = dict.fromkeys(factors, NUMBER)
            part = branch.convert(graph, table.take(graph, branch.needs(share)), share)
            parts.append(part.pick(graph, factors))
        return Table(tuple(wanted), product(graph, parts))

    def _factors(self, name: str) -> list[str] | None:
        """The factor of each branch. Where a name can be read in several ways, the one with the sign in no raw name."""
        best, most = None, (0, 0)
        for factors in _readings(name, len(self._branches)):
            origins = self._origins(factors)
            features = [feature for origin in origins for feature in origin.features]
            plain = -sum(SIGN in feature for feature in features), sum(origin.sure is Sure.KNOWN for origin in origins)
            if len(origins) == len(self._branches) and (best is None or plain >= most):
                best, most = factors, plain
        return best

    def _origins(self, factors: list[str]) -> list[Origin]:
        """The origins of those factors that their branches can make."""
        origins = (branch.origin(factor, NUMBER) for branch, factor in zip(self._branches, factors, strict=True))
        return [origin for origin in origins if origin]


def _readings(name: str, n: int) -> Iterator[list[str]]:
    """All ways to read a name as n factors, each of which may hold the sign itself."""
    parts = name.split(SIGN)
    for cuts in itertools.combinations(range(1, len(parts)), n - 1):
        yield [SIGN.join(parts[a:b]) for a, b in itertools.pairwise([0, *cuts, len(parts)])]
