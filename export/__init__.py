"""What leaves the library. Each name is imported when it is first used: a device has no onnx package."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .c import to_c as to_c
    from .edge import EdgeModel as EdgeModel
    from .edge_forecast_learner import EdgeForecastLearner as EdgeForecastLearner
    from .edge_forecaster import EdgeForecaster as EdgeForecaster
    from .edge_learner import EdgeLearner as EdgeLearner
    from .onnx import to_onnx as to_onnx
    from .pipeline import Converter as Converter
    from .pipeline import register_converter as register_converter

_HOME = {
    "Converter": "pipeline",
    "EdgeForecastLearner": "edge_forecast_learner",
    "EdgeForecaster": "edge_forecaster",
    "EdgeLearner": "edge_learner",
    "EdgeModel": "edge",
    "register_converter": "pipeline",
    "to_c": "c",
    "to_onnx": "onnx",
}

__all__ = [
    "Converter",
    "EdgeForecastLearner",
    "EdgeForecaster",
    "EdgeLearner",
    "EdgeModel",
    "register_converter",
    "to_c",
    "to_onnx",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
