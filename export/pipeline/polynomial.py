"""PolynomialExtender: products of features."""

from __future__ import annotations

from collections.abc import Sequence

from river import feature_extraction

from ..graph import Graph
from .converter import Converter, Origin, Sure
from .registry import register_converter
from .table import NUMBER, TEXT, Kind, Table, concatenated

SIGN = "*"


@register_converter(feature_extraction.PolynomialExtender)
class PolynomialExtenderConverter(Converter):
    def origin(self, name: str, kind: Kind) -> Origin | None:
        if kind == TEXT:
            return None
        if self.step.include_bias and name == self.step.bias_name:
            return Origin({}, Sure.BY_NAME)
        factors = name.split(SIGN)
        repeated = len({*factors}) < len(factors)
        if len(factors) > self.step.degree or (self.step.interaction_only and repeated) or not _in_order(factors):
            return None
        return Origin(dict.fromkeys(factors, NUMBER), Sure.BY_NAME if len(factors) > 1 else Sure.POSSIBLY)

    def convert(self, graph: Graph, table: Table, wanted: dict[str, Kind]) -> Table:
        products = [name for name in wanted if not (self.step.include_bias and name == self.step.bias_name)]
        self._check(products)
        by_degree = {
            degree: [name for name in products if name.count(SIGN) == degree - 1]
            for degree in range(1, self.step.degree + 1)
        }
        names: list[str] = []
        parts: list[str] = []
        for group in filter(None, by_degree.values()):
            factors = zip(*(name.split(SIGN) for name in group), strict=True)
            parts.append(product(graph, [table.pick(graph, column) for column in factors]))
            names += group
        if len(products) < len(wanted):
            parts.append(self._ones(graph, table))
            names.append(self.step.bias_name)
        return Table(tuple(names), concatenated(graph, parts))

    def _check(self, products: list[str]) -> None:
        """Raise where a feature behind the step is not what its name says."""
        for name in products:
            for factor in name.split(SIGN):
                if factor not in products:
                    raise ValueError(
                        f"{self.name} makes {name!r}, but {factor!r}, which it makes as well, is not used behind it: "
                        f"rename features with {SIGN!r} in their names in front of it, or let all that it makes through"
                    )

    def _ones(self, graph: Graph, table: Table) -> str:
        if not table.numbers:
            raise ValueError(f"{self.name} has nothing to extend: the model has learned from the bias alone")
        return graph.add("Where", graph.add("IsNaN", table.pick(graph, table.numbers[:1])), 1.0, 1.0)


def _in_order(factors: list[str]) -> bool:
    if factors == sorted(factors):
        return True
    try:
        return factors == sorted(factors, key=float)  # Names that were numbers.
    except ValueError:
        return False


def product(graph: Graph, factors: Sequence[str]) -> str:
    """An absent factor is NaN, and so is the product."""
    x = factors[0]
    for factor in factors[1:]:
        x = graph.add("Mul", x, factor)
    return x
