"""A trained model as one ONNX file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

try:
    import onnx
except ModuleNotFoundError as error:
    raise ImportError("to_onnx needs the onnx package: pip install 'streamnorm[onnx]'") from error
from onnx import TensorProto, helper

from streamnorm import __version__, files
from streamnorm.arguments import is_count, require_flag, require_one_of
from streamnorm.estimator import NormProp
from streamnorm.forecaster import NormPropForecaster

from . import seal
from .forecast_learning import forecast_learning_graph
from .forecast_metadata import ForecastMetadata
from .forecasting import forecast_graph
from .graph import Graph
from .learning.metadata import LearningMetadata
from .learning.model import learning_graph
from .metadata import Metadata
from .pipeline import Parts, Values, parts, pipeline_graph
from .prediction import Affine, absent_values, add_prediction
from .quantize import arithmetic
from .tasks import task_of
from .windows import window_graph

# The oldest that current tools still take without conversion: onnxruntime reads both from 1.6 (December 2020) on.
OPSET = 13
OPSET_ML = 2
IR_VERSION = 7


def to_onnx(
    model: Any,
    path: str | Path | None = None,
    which: str = "mixture",
    *,
    learn: bool = False,
    spare_classes: int = 0,
    quantize: str | None = None,
) -> onnx.ModelProto:
    """A trained model, or a pipeline that ends in one, as an ONNX model that predicts the same, in plain operators.

    The normalisation is folded into the weights: what is left is the standardiser, `Gemm` and activation for each
    layer, and for a classifier `Softmax`, `ArgMax` and the lookup of the label. The file is float32, whatever the
    model is. Its input `x` is [batch, features], every value finite, or NaN for an absent feature where the model has
    `missing="mean"`; the columns are `model.features_`. A classifier
    gives `label` [batch], a string or an int64 (a bool label is 0 or 1), and `probabilities` [batch, classes]; a
    regressor gives `value` [batch]; an anomaly detector gives `score` [batch], and NaN in its `x` is an absent feature.
    The order of features and classes is in `metadata_props`, as JSON. A model with an `input_shape` has
    `x` [batch, *input_shape], and convolutions and pools among its layers.

    Of a `NormPropForecaster` the inputs are `values` [batch, needed], its latest values in float64, and with features
    `x` [batch, features], NaN for an absent one; the output is `forecast` [batch, horizon]. See `EdgeForecaster`,
    and `EdgeForecastLearner` for the file that goes on learning.

    A pipeline becomes one graph with the same outputs. Each feature of the raw sample is an input of its own under its
    name, [batch, 1], a float32 or a string as in the stream; NaN and the empty string say that it is absent. Then it is
    what it is in the pipeline, save that imputers fill it in: a tensor cannot tell an absent feature from River's None.
    River's scalers, encoders, imputers, selectors and `PolynomialExtender` are taken with the values that they have
    now, in unions, products, groupers and pipelines nested as you like, and so is `TargetStandardScaler` around a
    regressor. Any other transformer needs a converter: see `register_converter`. In front of a model with an
    `input_shape` there may be a `SlidingWindow`; its window is the input `x`.

    Parameters
    ----------
    model
        A classifier, regressor or anomaly detector of streamnorm that has learned from a sample, or a pipeline that
        ends in one; or a `NormPropForecaster` that has learned from a window.
    path
        Where to write it as well; the file is replaced in one step.
    which
        With several learning rates: `"mixture"` is what the model predicts; `"best"` is the replica that counts most,
        alone, for a fraction of the size.
    learn
        Whether the file goes on learning, with `EdgeLearner` or any runtime: it then holds the learning step itself, in
        the model's type, and all that the step changes. docs/export.md names its inputs and outputs.
    spare_classes
        How many classes, labels or targets a file that learns has room for beside those that the model has met.
    quantize
        Hidden layers in integers, for networks some 512 units wide: `"int8"`, with scales from the network itself, or
        `"dynamic"`, with scales from each input. Predictions are then approximate. docs/int8.md says when that pays.

    Raises
    ------
    TypeError
        For a model that is or ends in no streamnorm estimator, a step without a converter, or a feature name that a
        file cannot hold; for a pipeline with `learn=True`.
    ValueError
        For a model that has not learned anything yet, holds a number that a float32 or an int64 cannot, or cannot be
        quantized: without hidden layers, for `"int8"` without a standardiser, or with `learn=True`. For spare classes
        where there is nothing to learn them. For a step of which a file cannot do the same; the error names it.

    Examples
    --------
    >>> from river import datasets
    >>> from streamnorm import NormPropClassifier
    >>> from streamnorm.export import to_onnx
    >>> model = NormPropClassifier(seed=42)
    >>> for x, y in datasets.Phishing().take(100):
    ...     model.learn_one(x, y)
    >>> [node.op_type for node in to_onnx(model, which="best").graph.node]
    ['Sub', 'Mul', 'Clip', 'Gemm', 'Relu', 'Gemm', 'Relu', 'Gemm', 'Softmax', 'ArgMax', 'Gather']

    >>> from numbers import Number
    >>> from river import compose, preprocessing
    >>> encoder = compose.SelectType(str) | preprocessing.OneHotEncoder()
    >>> pipeline = (encoder + compose.SelectType(Number)) | NormPropClassifier(seed=42)
    >>> for x, y in datasets.SolarFlare().take(100):
    ...     pipeline.learn_one(x, str(y["c-class-flares"]))
    >>> [feature.name for feature in to_onnx(pipeline).graph.input][:3]
    ['activity', 'area', 'evolution']

    """
    require_one_of("which", which, ("mixture", "best"))
    require_flag("learn", learn)
    if not is_count(spare_classes, at_least=0) or (spare_classes and not learn):
        raise ValueError(f"spare_classes is a number of classes, with learn=True, not {spare_classes!r}")
    if issubclass(type(model), NormPropForecaster):
        return _written(_forecasting(model, which, learn, spare_classes, quantize), path)
    taken = parts(model)
    estimator = taken.estimator
    if not estimator._learner.mixture.fan_in or not estimator._learner.mixture.fan_out + spare_classes:
        raise ValueError("the model has learned no sample with a feature yet: call learn_one before exporting it")
    if learn:
        _check_learning(model, estimator, spare_classes, quantize)
        proto = _packed(*learning_graph(model, which, spare_classes))
    else:
        layers = arithmetic(estimator, quantize)
        if estimator.input_shape:
            proto = _packed(*window_graph(taken, which, layers))
        else:
            proto = _model(model, which, layers) if model is estimator else _pipeline(taken, which, layers)
    return _written(proto, path)


def _written(proto: onnx.ModelProto, path: str | Path | None) -> onnx.ModelProto:
    onnx.checker.check_model(proto, full_check=True)
    if path is not None:
        files.replace(path, proto.SerializeToString())
    return proto


def _forecasting(
    model: NormPropForecaster, which: str, learn: bool, spare_classes: int, quantize: str | None
) -> onnx.ModelProto:
    if model.input_shape:
        raise ValueError(
            "a NormPropForecaster whose filters slide along the values cannot be exported yet: give it widths alone as "
            "hidden"
        )
    if not model._learner.mixture.fan_in:
        raise ValueError("the model has learned no window of the series yet: call learn_one before exporting it")
    if not learn:
        return _packed(*forecast_graph(model, which, arithmetic(model, quantize)))
    _check_learning(model, model, spare_classes, quantize)
    return _packed(*forecast_learning_graph(model, which))


def _check_learning(model: Any, estimator: NormProp, spare_classes: int, quantize: str | None) -> None:
    if quantize is not None:
        raise ValueError("a file that learns is not quantized: leave quantize out, or learn=True")
    if model is not estimator:
        raise TypeError(
            "a pipeline's steps learn from the stream as well, and what they learn cannot be said in a graph: export "
            "the model itself with learn=True, and run the other steps in front of the file"
        )
    if spare_classes and not task_of(model).one:
        raise ValueError(
            f"spare_classes={spare_classes} is for classes, labels and targets with a name: a {type(model).__name__} "
            "has none"
        )


def _model(model: NormProp, which: str, layers: Affine) -> onnx.ModelProto:
    """A model alone: one input of all its features."""
    graph = Graph()
    n = model._learner.mixture.fan_in
    absent = absent_values(model._learner.standardizer, n)
    nan_is_absent = model.missing == "mean" or task_of(model).masks
    x = graph.add("Where", graph.add("IsNaN", "x"), np.array(absent), "x") if nan_is_absent else "x"
    outputs = add_prediction(graph, x, model, which, layers)
    row = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", n])
    return _packed(graph, [row], outputs, _metadata(model, model.features_, absent))


def _pipeline(model: Parts, which: str, layers: Affine) -> onnx.ModelProto:
    """A model with steps in front of it: one input for each feature."""
    if task_of(model.estimator).masks:
        raise ValueError(
            f"a {type(model.estimator).__name__} leaves alone: the steps of a pipeline do not hand on which features a "
            "sample lacks. Export the detector, and run the steps in front of the file"
        )
    graph, inputs, outputs, absent = pipeline_graph(model, which, layers)
    return _packed(graph, inputs, outputs, _metadata(model.estimator, [x.name for x in inputs], absent))


def _metadata(model: NormProp, features: list[Any], absent: list[float] | list[str | None]) -> Metadata:
    return Metadata(task_of(model), features, absent, model.missing)


def _packed(
    graph: Graph, inputs: Values, outputs: Values, metadata: Metadata | LearningMetadata | ForecastMetadata
) -> onnx.ModelProto:
    versions = {"": OPSET, "ai.onnx.ml": OPSET_ML}
    proto = helper.make_model(
        helper.make_graph(graph.nodes, "streamnorm", inputs, outputs, graph.constants),
        opset_imports=[helper.make_opsetid(d, versions[d]) for d in sorted({node.domain for node in graph.nodes})],
        ir_version=IR_VERSION,
        producer_name="streamnorm",
        producer_version=__version__,
    )
    helper.set_model_props(proto, metadata.to_props())
    # Metadata is the last that is written of a model: what is added to it now stands behind all that is sealed.
    digest = seal.digest(proto.SerializeToString())
    proto.metadata_props.add(key=seal.KEY, value=digest)
    return proto
