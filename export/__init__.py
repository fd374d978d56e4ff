"""What leaves the library. Each name is imported when it is first used: a device has no onnx package."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .edge import EdgeModel as EdgeModel
    from .onnx import to_onnx as to_onnx

_HOME = {"EdgeModel": "edge", "to_onnx": "onnx"}

__all__ = ["EdgeModel", "to_onnx"]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
