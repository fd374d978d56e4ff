"""Which converter takes which transformer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .converter import Converter

_CONVERTERS: dict[type, type[Converter]] = {}
# Why there is no converter, and what to do instead.
_REASONS = {
    "FeatureHasher": "its hash cannot be said in standard operators: use OneHotEncoder",
    "FuncTransformer": "a Python function has no operators: write it as a transformer and register a converter for it",
}


def register_converter(*transformers: type) -> Callable[[type[Converter]], type[Converter]]:
    """Let `to_onnx` take a transformer of your own, by a subclass of `Converter`.

    Parameters
    ----------
    transformers
        The classes that the converter takes. Subclasses of theirs do something else and are not taken.

    Examples
    --------
    >>> from river import base
    >>> from streamnorm.export import Converter, register_converter
    >>> class Doubler(base.Transformer):
    ...     def transform_one(self, x):
    ...         return {name: 2 * value for name, value in x.items()}
    >>> @register_converter(Doubler)
    ... class DoublerConverter(Converter):
    ...     def convert(self, graph, table, wanted):
    ...         return table.with_values(graph.add("Mul", table.values, 2.0))

    """

    def register(converter: type[Converter]) -> type[Converter]:
        _CONVERTERS.update(dict.fromkeys(transformers, converter))
        return converter

    return register


def converter(step: Any, name: str) -> Converter:
    """The converter of a step; raises TypeError, naming it, where there is none."""
    kind = type(step)
    if kind not in _CONVERTERS:
        reason = _REASONS.get(kind.__name__, "register one with streamnorm.export.register_converter, or drop the step")
        raise TypeError(f"{name} cannot be exported: there is no converter for {kind.__name__}; {reason}")
    return _CONVERTERS[kind](step, name)
