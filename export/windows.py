"""A model of arrays as a graph: one input [batch, channels, steps] or [batch, channels, height, width]."""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import TensorProto, ValueInfoProto, helper
from river import compose

from streamnorm.sliding_window import SlidingWindow
from streamnorm.standardizer import Standardizer

from .graph import Graph
from .input_shape import channels_first
from .metadata import Metadata
from .pipeline import Parts
from .prediction import Affine, add_prediction
from .tasks import task_of

Values = list[ValueInfoProto]
# What they leave are the channels of the window.
SELECTS = (compose.Select, compose.Discard, compose.SelectType)


def window_graph(model: Parts, which: str, affine: Affine) -> tuple[Graph, Values, Values, Metadata]:
    """The graph, its inputs and outputs, and its metadata. Of a pipeline it begins behind the `SlidingWindow`."""
    estimator, names = model.estimator, channels(model)
    shape = estimator.input_shape
    assert shape is not None
    task, scaler = task_of(estimator), estimator._learner.standardizer
    absent = channels_first(np.zeros(shape[0]), shape)
    if isinstance(scaler, Standardizer):
        if not scaler.count.any():
            raise ValueError("the model has learned no array yet: call learn_one before exporting it")
        absent = channels_first(scaler.center.astype(np.float32), shape)
    graph = Graph()
    nan_is_absent = estimator.missing == "mean" or task.masks
    x = graph.add("Where", graph.add("IsNaN", "x"), absent, "x") if nan_is_absent else "x"
    outputs = add_prediction(graph, x, estimator, which, affine, (model.mean, model.sd))
    window = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", *shape])
    metadata = Metadata(task, names, absent.ravel().tolist(), estimator.missing, shape)
    return graph, [window], outputs, metadata


def channels(model: Parts) -> list[Any]:
    """The names of the channels: those of the `SlidingWindow` in front, or their numbers."""
    estimator = model.estimator
    if not model.steps:
        return estimator.features_
    *front, name = model.steps
    window, kind = model.steps[name], f"a {type(estimator).__name__} with input_shape={estimator.input_shape}"
    if type(window) is not SlidingWindow:
        raise ValueError(
            f"{name} stands in front of {kind}, and a file takes the array as the model does: only a SlidingWindow may "
            "stand there. Export the model alone, and run the other steps in front of the file"
        )
    moving = [step for step in front if type(model.steps[step]) not in SELECTS]
    if moving:
        raise ValueError(
            f"{moving[-1]} stands in front of {name}, and has moved while the window was filled: a file, which sees "
            "the whole window at once, cannot do the same. Leave the step out (the model standardises by itself), or "
            "export the model alone and run the other steps in front of the file"
        )
    names: list[Any] = window.channels_
    assert estimator.input_shape is not None
    if (len(names), window.size) != estimator.input_shape:
        raise ValueError(
            f"{name} makes windows of {len(names)} channels and {window.size} steps, which is not what is behind it: "
            f"{kind}"
        )
    return names
