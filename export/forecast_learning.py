"""A forecaster as a graph that learns, with the series that it learns from."""

from __future__ import annotations

from onnx import ValueInfoProto, numpy_helper

from streamnorm.forecaster import NormPropForecaster

from .graph import Graph
from .learning.metadata import LearningMetadata
from .learning.model import learning_graph
from .series_arrays import arrays_of

Values = list[ValueInfoProto]


def forecast_learning_graph(model: NormPropForecaster, which: str) -> tuple[Graph, Values, Values, LearningMetadata]:
    """The network's learning step, beside which the file carries the arrays of the series: no node takes them."""
    graph, inputs, outputs, about = learning_graph(model, which, spare=0)
    series = arrays_of(model._series, model.features_)
    graph.constants += [numpy_helper.from_array(array, name) for name, array in series.items()]
    return graph, inputs, outputs, about
