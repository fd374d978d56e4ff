"""River pipelines as ONNX graphs. Each file holds the converters of one idea and registers them."""

try:
    import onnx as onnx
except ModuleNotFoundError as error:
    raise ImportError("converters need the onnx package: pip install 'streamnorm[onnx]'") from error

from . import (  # noqa: F401 (importing them registers what they hold)
    grouping,
    imputers,
    one_hot,
    ordinal,
    polynomial,
    product,
    renaming,
    scalers,
    selection,
    stateless,
    union,
)
from .converter import Converter, Origin, Sure
from .model import Parts, Values, parts, pipeline_graph
from .registry import register_converter
from .table import NUMBER, TEXT, Kind, Table

__all__ = [
    "NUMBER",
    "TEXT",
    "Converter",
    "Kind",
    "Origin",
    "Parts",
    "Sure",
    "Table",
    "Values",
    "parts",
    "pipeline_graph",
    "register_converter",
]
