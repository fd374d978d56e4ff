"""A pipeline that ends in a streamnorm estimator, as one graph."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from onnx import TensorProto, ValueInfoProto, helper
from river import compose, preprocessing

from streamnorm.estimator import NormProp
from streamnorm.forecaster import NormPropForecaster

from ..graph import Graph
from ..prediction import Affine, absent_values, add_prediction
from .converter import by_text
from .sequence import PipelineConverter
from .table import NUMBER, TEXT, Kind, Table, concatenated

Values = list[ValueInfoProto]
Absent = list[str | None]


class Parts(NamedTuple):
    """A pipeline taken apart: the steps, the estimator, and the unit in which its values leave."""

    steps: dict[str, Any]
    estimator: NormProp
    mean: float
    sd: float


def parts(model: Any) -> Parts:
    """Take a model apart; raises TypeError where what it ends in is not ours."""
    kind = type(model)
    # isinstance would see through to the last step of a pipeline.
    if issubclass(kind, NormPropForecaster):
        raise TypeError("a NormPropForecaster leaves by to_onnx(model, path) alone: neither in a pipeline nor in C")
    if issubclass(kind, NormProp):
        return Parts({}, model, 0.0, 1.0)
    if kind is preprocessing.TargetStandardScaler:
        steps, estimator, mean, sd = parts(model.regressor)
        own = model.var.get() ** 0.5
        return Parts(steps, estimator, model.var.mean.get() + own * mean, own * sd)
    if kind is compose.Pipeline and model.steps:
        *names, last = model.steps
        inner = parts(model.steps[last])
        steps = {name: model.steps[name] for name in names}
        return inner._replace(steps=steps | {f"{last} > {name}": step for name, step in inner.steps.items()})
    raise TypeError(
        "the first argument is the model: an estimator of streamnorm, a river.preprocessing.TargetStandardScaler "
        f"around one, or a pipeline that ends in one of these, not a {kind.__name__}"
    )


def pipeline_graph(model: Parts, which: str, affine: Affine) -> tuple[Graph, Values, Values, Absent]:
    """The graph, its inputs and outputs, and what stands for an absent value in each input.

    Each feature of the raw sample is an input [batch, 1] of its own, named as it is: a float, NaN where it is absent,
    or a string, empty where it is absent.
    """
    estimator = model.estimator
    pipeline = PipelineConverter(compose.Pipeline(*model.steps.items()), "pipeline")
    pipeline.passes_all(True)
    wanted: dict[str, Kind] = dict.fromkeys(by_text(estimator.features_, "the model"), NUMBER)
    raw = pipeline.needs(wanted)
    graph = Graph()
    x = pipeline.convert(graph, _table(graph, raw), wanted).pick(graph, tuple(wanted))
    absent = np.array(absent_values(estimator._learner.standardizer, len(wanted)))
    x = graph.add("Where", graph.add("IsNaN", x), absent, x)
    outputs = add_prediction(graph, x, estimator, which, affine, (model.mean, model.sd))
    _check_names(raw, graph)
    types = {name: TensorProto.STRING if kind >= TEXT else TensorProto.FLOAT for name, kind in raw.items()}
    inputs = [helper.make_tensor_value_info(name, element, ["batch", 1]) for name, element in types.items()]
    # In the metadata null stands for NaN, which is no JSON.
    return graph, inputs, outputs, ["" if kind >= TEXT else None for kind in raw.values()]


def _table(graph: Graph, raw: dict[str, Kind]) -> Table:
    numbers = tuple(name for name, kind in raw.items() if not kind >= TEXT)
    values = concatenated(graph, numbers) if numbers else ""
    return Table(numbers, values, {name: name for name, kind in raw.items() if kind >= TEXT})


def _check_names(raw: dict[str, Kind], graph: Graph) -> None:
    taken = {output for node in graph.nodes for output in node.output} | {c.name for c in graph.constants} | {""}
    for name in raw:
        if name in taken:
            raise ValueError(
                f"a feature is named {name!r}, which the file needs for itself. Rename it in front of the pipeline"
            )
