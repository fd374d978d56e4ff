"""What estimators predict and learn from, as a file has it and as Python does: one file here for each task.

A device reads files with NumPy and onnxruntime alone, and loads this package: what only the writing of files needs is
imported where files are written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .anomaly import Anomaly
from .classification import Classification
from .forecast import Forecast
from .multi_label import MultiLabel
from .multi_target import MultiTarget
from .regression import Regression
from .task import Task

if TYPE_CHECKING:
    from streamnorm.estimator import NormProp

__all__ = [
    "TASKS",
    "Anomaly",
    "Classification",
    "Forecast",
    "MultiLabel",
    "MultiTarget",
    "Regression",
    "Task",
    "task_of",
]

TASKS: dict[str, type[Task]] = {
    task.name: task for task in (Anomaly, Classification, Forecast, MultiLabel, MultiTarget, Regression)
}


def task_of(model: NormProp) -> Task:
    """The task of an estimator, with the names of its outputs."""
    return TASKS[model._task](model._output_names())
