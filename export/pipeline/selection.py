"""Steps that select or rename features. They leave no nodes: a step never gets what nobody behind it wants."""

from __future__ import annotations

from typing import Any

from river import compose

from .converter import Converter, Origin, Sure, by_text
from .registry import register_converter
from .table import Kind


@register_converter(compose.Select)
class SelectConverter(Converter):
    def __init__(self, step: Any, name: str) -> None:
        super().__init__(step, name)
        self._keys = by_text(step.keys, name)

    def origin(self, name: str, kind: Kind) -> Origin | None:
        return Origin({name: kind}, Sure.KNOWN) if name in self._keys else None

    def passes_all(self, seen: bool) -> bool:
        return False


@register_converter(compose.Discard)
class DiscardConverter(Converter):
    def __init__(self, step: Any, name: str) -> None:
        super().__init__(step, name)
        self._keys = by_text(step.keys, name)

    def origin(self, name: str, kind: Kind) -> Origin | None:
        return None if name in self._keys else Origin({name: kind})

    def passes_all(self, seen: bool) -> bool:
        return False


@register_converter(compose.SelectType)
class SelectTypeConverter(Converter):
    def origin(self, name: str, kind: Kind) -> Origin | None:
        selected = frozenset(t for t in kind if issubclass(t, self.step.types))
        return Origin({name: selected}) if selected else None

    def passes_all(self, seen: bool) -> bool:
        return False
