"""Pipeline: one step after another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from river import compose

from ..graph import Graph
from .converter import Converter, Origin, chained
from .registry import converter, register_converter
from .table import Kind, Table


def converters(steps: Mapping[str, Any], name: str) -> list[Converter]:
    """The converters of the steps within a step."""
    return [converter(step, f"{name} > {key}") for key, step in steps.items()]


@register_converter(compose.Pipeline)
class PipelineConverter(Converter):
    def __init__(self, step: Any, name: str) -> None:
        super().__init__(step, name)
        self._steps = converters(step.steps, name)

    def origin(self, name: str, kind: Kind) -> Origin | None:
        features: dict[str, Kind] = {name: kind}
        sure = []
        for step in reversed(self._steps):
            origins = [step.origin(name, kind) for name, kind in features.items()]
            features = {}
            for origin in origins:
                if origin is None:
                    return None
                step.merge(features, origin.features)
                sure.append(origin.sure)
        return Origin(features, chained(sure))

    def passes_all(self, seen: bool) -> bool:
        for step in reversed(self._steps):
            seen = step.passes_all(seen)
        return seen

    def needs(self, wanted: dict[str, Kind]) -> dict[str, Kind]:
        return self._stages(wanted)[0]

    def convert(self, graph: Graph, table: Table, wanted: dict[str, Kind]) -> Table:
        for step, after in zip(self._steps, self._stages(wanted)[1:], strict=True):
            table = step.convert(graph, table, after)
        return table

    def _stages(self, wanted: dict[str, Kind]) -> list[dict[str, Kind]]:
        """The features in front of each step, and those behind the last."""
        stages = [wanted]
        for step in reversed(self._steps):
            stages.insert(0, step.needs(stages[0]))
        return stages
