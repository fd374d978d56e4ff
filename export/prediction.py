"""What a model predicts, as nodes of a graph."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from onnx import TensorProto, ValueInfoProto, helper

from streamnorm.classifier import NormPropClassifier
from streamnorm.estimator import NormProp
from streamnorm.labels import Label
from streamnorm.network import Network
from streamnorm.standardizer import Standardizer
from streamnorm.typing import Array
from streamnorm.unscaled import Unscaled

from .activations import OPERATORS
from .fold import FoldedLayer, fold
from .graph import Graph

# A network, and how much it counts.
Replica = tuple[Network, float]
# Adds folded layers behind a tensor [batch, fan_in], and names their output [batch, fan_out].
Affine = Callable[[Graph, str, list[FoldedLayer]], str]


def affine(graph: Graph, h: str, layers: list[FoldedLayer]) -> str:
    """Folded layers in float32, as they are."""
    for layer in layers:
        h = OPERATORS[layer.activation](graph, graph.add("Gemm", h, layer.weight, layer.bias, transB=1))
    return h


def add_prediction(
    graph: Graph, x: str, model: NormProp, which: str, affine: Affine, unit: tuple[float, float] = (0.0, 1.0)
) -> list[ValueInfoProto]:
    """Nodes from a model's features to its prediction; returns the graph's outputs.

    Parameters
    ----------
    graph
        Takes the nodes.
    x
        A tensor [batch, features], every value finite, the columns those of `model.features_`.
    model
        A trained estimator.
    which
        `"mixture"` or `"best"`.
    affine
        How layers are computed.
    unit
        Mean and standard deviation of what a regression predicts, where the model learns a scaled target.

    """
    learner, mixture = model._learner, model._learner.mixture
    replicas = list(zip(mixture.networks, mixture.weights.tolist(), strict=True))
    if which == "best":
        replicas = [(mixture.networks[mixture.leader], 1.0)]
    h = _standardized(graph, x, learner.standardizer)
    if isinstance(model, NormPropClassifier):
        return _classified(graph, h, replicas, model._labels.labels, affine)
    assert learner.target is not None
    mean, sd = unit
    own_mean, own_sd = float(learner.target.mean[0]), float(learner.target.sd[0])
    return _valued(graph, h, replicas, mean + sd * own_mean, sd * own_sd, affine)


def absent_values(scaler: Standardizer | Unscaled, n: int) -> list[float]:
    """For each feature the value that stands for an absent one, as a float32."""
    center = scaler.center if isinstance(scaler, Standardizer) else np.zeros(n)
    values: list[float] = center.astype(np.float32).tolist()
    return values


def _standardized(graph: Graph, x: str, scaler: Standardizer | Unscaled) -> str:
    if isinstance(scaler, Standardizer):
        # The mean is subtracted before anything is multiplied: inside a bias, a mean of 1e6 standard deviations would
        # cost 0.3 in a logit. And as the bounds of Clip are scalars, 1/sd cannot go into the first weights either.
        x = graph.add("Mul", graph.add("Sub", x, scaler.center), scaler.inverse_sd)
    return graph.add("Clip", x, -scaler.clip, scaler.clip)


def _classified(
    graph: Graph, h: str, replicas: list[Replica], classes: list[Label], affine: Affine
) -> list[ValueInfoProto]:
    table = _label_table(classes)
    logits = [affine(graph, h, fold(network)) for network, _ in replicas]
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


def _valued(
    graph: Graph, h: str, replicas: list[Replica], mean: float, sd: float, affine: Affine
) -> list[ValueInfoProto]:
    # A replica's share goes into its head, with the target's unit.
    values = [affine(graph, h, fold(network, share * mean, share * sd)) for network, share in replicas]
    value = values[0] if len(values) == 1 else graph.add("Sum", *values)
    graph.add("Squeeze", value, np.array([1]), output="value")
    return [helper.make_tensor_value_info("value", TensorProto.FLOAT, ["batch"])]
