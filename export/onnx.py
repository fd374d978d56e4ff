"""A trained model as one ONNX file."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NoReturn

import numpy as np

try:
    import onnx
except ModuleNotFoundError as error:
    raise ImportError("to_onnx needs the onnx package: pip install 'streamnorm[onnx]'") from error
from onnx import TensorProto, helper

from streamnorm import __version__, files
from streamnorm.arguments import require_one_of
from streamnorm.classifier import NormPropClassifier
from streamnorm.labels import Label
from streamnorm.network import Network
from streamnorm.regressor import NormPropRegressor
from streamnorm.standardizer import Standardizer
from streamnorm.typing import Array
from streamnorm.unscaled import Unscaled

from .activations import OPERATORS
from .fold import FoldedLayer, fold
from .graph import Graph
from .metadata import Metadata

# The oldest that current tools still take without conversion: onnxruntime reads both from 1.6 (December 2020) on.
OPSET = 13
IR_VERSION = 7

# A network, and how much it counts.
Replica = tuple[Network, float]


def to_onnx(
    model: NormPropClassifier | NormPropRegressor, path: str | Path | None = None, which: str = "mixture"
) -> onnx.ModelProto:
    """A trained model as an ONNX model that predicts the same, in plain operators.

    The normalisation is folded into the weights: what is left is the standardiser, `Gemm` and activation for each
    layer, and for a classifier `Softmax`, `ArgMax` and the lookup of the label. The file is float32, whatever the
    model is. Its input `x` is [batch, features], every value finite; the columns are `model.features_`. A classifier
    gives `label` [batch], a string or an int64 (a bool label is 0 or 1), and `probabilities` [batch, classes]; a
    regressor gives `value` [batch]. The order of features and classes is in `metadata_props`, as JSON.

    Parameters
    ----------
    model
        A `NormPropClassifier` or `NormPropRegressor` that has learned from a sample.
    path
        Where to write it as well; the file is replaced in one step.
    which
        With several learning rates: `"mixture"` is what the model predicts; `"best"` is the replica that counts most,
        alone, for a fraction of the size.

    Raises
    ------
    TypeError
        For anything but a streamnorm estimator, or a feature name that a file cannot hold.
    ValueError
        For a model that has not learned anything yet, or holds a number that a float32 or an int64 cannot.

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

    """
    # isinstance would see through to the last step of a pipeline.
    if not issubclass(type(model), NormPropClassifier | NormPropRegressor):
        _refuse(model)
    require_one_of("which", which, ("mixture", "best"))
    learner, mixture = model._learner, model._learner.mixture
    if not mixture.fan_in or not mixture.fan_out:
        raise ValueError("the model has learned no sample with a feature yet: call learn_one before exporting it")
    scaler = learner.standardizer
    absent = scaler.center.astype(np.float32) if isinstance(scaler, Standardizer) else np.zeros(mixture.fan_in)

    if which == "best":
        replicas = [(mixture.networks[mixture.leader], 1.0)]
    else:
        replicas = list(zip(mixture.networks, mixture.weights.tolist(), strict=True))
    graph = Graph()
    h = _standardized(graph, scaler)
    if isinstance(model, NormPropClassifier):
        metadata = Metadata("classification", model.features_, absent.tolist(), model._labels.labels)
        outputs = _classified(graph, h, replicas, metadata.classes)
    else:
        metadata = Metadata("regression", model.features_, absent.tolist(), [])
        assert learner.target is not None
        outputs = _valued(graph, h, replicas, float(learner.target.mean[0]), float(learner.target.sd[0]))

    proto = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "streamnorm",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", mixture.fan_in])],
            outputs,
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="streamnorm",
        producer_version=__version__,
    )
    helper.set_model_props(proto, metadata.to_props())
    onnx.checker.check_model(proto, full_check=True)
    if path is not None:
        files.replace(path, proto.SerializeToString())
    return proto


def _standardized(graph: Graph, scaler: Standardizer | Unscaled) -> str:
    h = "x"
    if isinstance(scaler, Standardizer):
        # The mean is subtracted before anything is multiplied: inside a bias, a mean of 1e6 standard deviations would
        # cost 0.3 in a logit. And as the bounds of Clip are scalars, 1/sd cannot go into the first weights either.
        h = graph.add("Mul", graph.add("Sub", h, scaler.center), scaler.inverse_sd)
    return graph.add("Clip", h, -scaler.clip, scaler.clip)


def _affine(graph: Graph, h: str, layers: list[FoldedLayer]) -> str:
    for layer in layers:
        h = OPERATORS[layer.activation](graph, graph.add("Gemm", h, layer.weight, layer.bias, transB=1))
    return h


def _classified(graph: Graph, h: str, replicas: list[Replica], classes: list[Label]) -> list[onnx.ValueInfoProto]:
    table = _label_table(classes)
    logits = [_affine(graph, h, fold(network)) for network, _ in replicas]
    if len(replicas) == 1:
        graph.add("Softmax", *logits, output="probabilities", axis=1)
    else:
        shares = [weight for _, weight in replicas]
        weighted = [
            graph.add("Mul", graph.add("Softmax", o, axis=1), share) for o, share in zip(logits, shares, strict=True)
        ]
        graph.add("Sum", *weighted, output="probabilities")
    graph.add("Gather", table, graph.add("ArgMax", "probabilities", axis=1, keepdims=0), output="label")
    return [
        helper.make_tensor_value_info("label", helper.np_dtype_to_tensor_dtype(table.dtype), ["batch"]),
        helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["batch", len(classes)]),
    ]


def _label_table(classes: list[Label]) -> Array:
    if isinstance(classes[0], str):
        return np.array(classes, dtype=object)
    try:
        return np.array(classes, dtype=np.int64)
    except OverflowError:
        raise ValueError(f"a label in {classes} does not fit an int64: use a str instead") from None


def _valued(graph: Graph, h: str, replicas: list[Replica], mean: float, sd: float) -> list[onnx.ValueInfoProto]:
    # A replica's share goes into its head, with the target's unit.
    values = [_affine(graph, h, fold(network, share * mean, share * sd)) for network, share in replicas]
    value = values[0] if len(values) == 1 else graph.add("Sum", *values)
    graph.add("Squeeze", value, np.array([1]), output="value")
    return [helper.make_tensor_value_info("value", TensorProto.FLOAT, ["batch"])]


def _refuse(model: Any) -> NoReturn:
    from river import compose

    if isinstance(model, compose.Pipeline):
        *steps, last = model.steps
        raise TypeError(
            f"only the model itself can be exported yet, not the pipeline around it ({', '.join(map(str, steps))}): "
            f"export pipeline[{last!r}], and run the other steps in front of the file"
        )
    raise TypeError(f"to_onnx takes a NormPropClassifier or a NormPropRegressor, not a {type(model).__name__}")
