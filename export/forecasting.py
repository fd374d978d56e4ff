"""A forecaster as a graph: from the latest values to the forecasts of its horizon."""

from __future__ import annotations

import numpy as np
from onnx import TensorProto, ValueInfoProto, helper

from streamnorm.features import LIMIT
from streamnorm.forecaster import NormPropForecaster

from .forecast_metadata import ForecastMetadata
from .graph import Graph
from .prediction import Affine, Heads, absent_values, standardized

Values = list[ValueInfoProto]


def forecast_graph(
    model: NormPropForecaster, which: str, affine: Affine
) -> tuple[Graph, Values, Values, ForecastMetadata]:
    """The graph, its inputs and outputs, and its metadata.

    Values are float64, as differences are taken of them. What a network sees of them and the naive forecasts' mean are
    sums of the values, and so a product with a matrix each.
    """
    learner, history, naive = model._learner, model._series.history, model._series.naive
    each = np.eye(history.needed)
    exact = Graph(np.float64)
    graph = exact.in_type(np.float32)
    inputs = exact.add("MatMul", "values", np.array([history.inputs(value) for value in each]))
    h = graph.cast(exact.add("Clip", inputs, -LIMIT, LIMIT))
    ahead = [name for name in model.features_ if name not in history.names]
    columns = [*history.names, *ahead]
    center = absent_values(learner.standardizer, len(columns))
    shown = [_tensor("values", TensorProto.DOUBLE, history.needed)]
    if ahead:
        absent = np.array([center[model.features_.index(name)] for name in ahead])
        x = graph.add("Where", graph.add("IsNaN", "x"), absent, "x")
        h = graph.add("Concat", h, x, axis=1)
        shown.append(_tensor("x", TensorProto.FLOAT, len(ahead)))
    # The network's inputs are in the order in which it met them.
    h = graph.add("Gather", h, np.array([columns.index(name) for name in model.features_]), axis=1)
    h = standardized(graph, h, learner.standardizer)
    mixture = learner.mixture
    replicas = list(zip(mixture.networks, mixture.weights.tolist(), strict=True))
    if which == "best":
        replicas = [(mixture.networks[mixture.leader], 1.0)]
    told = Heads(graph, h, replicas, affine, learner.target, model._arrays(), unit=(0.0, 1.0)).add_values()
    correction = exact.add("Mul", exact.cast(told), naive.trust)
    mean = exact.add("MatMul", "values", np.array([naive.mean(naive.forecasts(v, len(v))) for v in each]))
    exact.add("Add", mean, correction, output="forecast")
    metadata = ForecastMetadata(history.needed, model.horizon, ahead)
    return exact, shown, [_tensor("forecast", TensorProto.DOUBLE, model.horizon)], metadata


def _tensor(name: str, dtype: int, width: int) -> ValueInfoProto:
    return helper.make_tensor_value_info(name, dtype, ["batch", width])
