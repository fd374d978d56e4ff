"""Prefixes and suffixes of names. They leave no nodes."""

from __future__ import annotations

from dataclasses import replace

from river import compose

from ..graph import Graph
from .converter import Converter, Origin, Sure
from .registry import register_converter
from .table import Kind, Table


@register_converter(compose.Prefixer, compose.Suffixer)
class RenamingConverter(Converter):
    def origin(self, name: str, kind: Kind) -> Origin | None:
        before = self._before(name)
        return None if before is None else Origin({before: kind}, Sure.BY_NAME)

    def convert(self, graph: Graph, table: Table, wanted: dict[str, Kind]) -> Table:
        texts = {self.step._rename(name): text for name, text in table.texts.items()}
        return replace(table, numbers=tuple(map(self.step._rename, table.numbers)), texts=texts)

    def _before(self, name: str) -> str | None:
        if isinstance(self.step, compose.Prefixer):
            return name.removeprefix(self.step.prefix) if name.startswith(self.step.prefix) else None
        return name.removesuffix(self.step.suffix) if name.endswith(self.step.suffix) else None
