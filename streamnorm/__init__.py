"""Neural networks that learn one sample at a time and leave as one ONNX file.

Every name is imported when it is first used: a device that only runs an exported file pays for NumPy and
onnxruntime, a training loop for NumPy and River, and nobody for torch who does not ask for it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from streamnorm.anomaly_detector import NormPropAnomalyDetector as NormPropAnomalyDetector
    from streamnorm.checkpoint import load as load
    from streamnorm.checkpointer import Checkpointer as Checkpointer
    from streamnorm.classifier import NormPropClassifier as NormPropClassifier
    from streamnorm.export.homecoming import load_edge as load_edge
    from streamnorm.forecaster import NormPropForecaster as NormPropForecaster
    from streamnorm.layers import AvgPool as AvgPool
    from streamnorm.layers import Conv1d as Conv1d
    from streamnorm.layers import Conv2d as Conv2d
    from streamnorm.layers import GlobalAvgPool as GlobalAvgPool
    from streamnorm.layers import GlobalMaxPool as GlobalMaxPool
    from streamnorm.layers import MaxPool as MaxPool
    from streamnorm.multi_label_classifier import NormPropMultiLabelClassifier as NormPropMultiLabelClassifier
    from streamnorm.multi_target_regressor import NormPropMultiTargetRegressor as NormPropMultiTargetRegressor
    from streamnorm.regressor import NormPropRegressor as NormPropRegressor
    from streamnorm.sliding_window import SlidingWindow as SlidingWindow

__version__ = "0.1.0"

_HOME = {
    "AvgPool": "streamnorm.layers",
    "Checkpointer": "streamnorm.checkpointer",
    "Conv1d": "streamnorm.layers",
    "Conv2d": "streamnorm.layers",
    "GlobalAvgPool": "streamnorm.layers",
    "GlobalMaxPool": "streamnorm.layers",
    "MaxPool": "streamnorm.layers",
    "NormPropAnomalyDetector": "streamnorm.anomaly_detector",
    "NormPropClassifier": "streamnorm.classifier",
    "NormPropForecaster": "streamnorm.forecaster",
    "NormPropMultiLabelClassifier": "streamnorm.multi_label_classifier",
    "NormPropMultiTargetRegressor": "streamnorm.multi_target_regressor",
    "NormPropRegressor": "streamnorm.regressor",
    "SlidingWindow": "streamnorm.sliding_window",
    "load": "streamnorm.checkpoint",
    "load_edge": "streamnorm.export.homecoming",
}
_SUBPACKAGES = ("export", "nn")

__all__ = [
    "AvgPool",
    "Checkpointer",
    "Conv1d",
    "Conv2d",
    "GlobalAvgPool",
    "GlobalMaxPool",
    "MaxPool",
    "NormPropAnomalyDetector",
    "NormPropClassifier",
    "NormPropForecaster",
    "NormPropMultiLabelClassifier",
    "NormPropMultiTargetRegressor",
    "NormPropRegressor",
    "SlidingWindow",
    "load",
    "load_edge",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(importlib.import_module(_HOME[name]), name)
    if name in _SUBPACKAGES:
        return importlib.import_module(f"streamnorm.{name}")
    raise AttributeError(f"module 'streamnorm' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, *_SUBPACKAGES, "__version__"]
