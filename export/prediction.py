"""What a model predicts, as nodes of a graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from onnx import ValueInfoProto, helper

from streamnorm.estimator import NormProp
from streamnorm.network import Network
from streamnorm.standardizer import Standardizer
from streamnorm.typing import Array
from streamnorm.unscaled import Unscaled

from .activations import OPERATORS
from .fold import fold
from .folded import Folded, FoldedConvolution, FoldedPool
from .graph import Graph
from .input_shape import Shape, channels_first
from .sliding import convolved, pooled
from .tasks import task_of

# A network, and how much it counts.
Replica = tuple[Network, float]
# Adds folded layers behind a tensor [batch, fan_in], or [batch, *input_shape], and names their output [batch, fan_out].
Affine = Callable[[Graph, str, list[Folded]], str]


class Heads(NamedTuple):
    """The networks of a model behind its input, for a task to add what their outputs mean.

    Parameters
    ----------
    graph
        Takes the nodes.
    h
        The standardised input [batch, features], or [batch, *input_shape].
    replicas
        The networks, and how much each counts.
    affine
        How layers are computed.
    target
        Statistics of the targets of a regression.
    arrays
        Every array of the model, by its name in a checkpoint.
    unit
        Mean and standard deviation of what a regression predicts, where the model learns a scaled target.
    dimensions
        Of the input: 1 along time, 2 for an image, 0 for features that are no array.

    """

    graph: Graph
    h: str
    replicas: list[Replica]
    affine: Affine
    target: Standardizer | None
    arrays: dict[str, Array]
    unit: tuple[float, float]
    dimensions: int = 0

    def flat(self, tensor: str) -> str:
        """A tensor of the input's shape as rows [batch, fan_in], in the order that the network has it."""
        if not self.dimensions:
            return tensor
        last = self.graph.add("Transpose", tensor, perm=[0, *range(2, 2 + self.dimensions), 1])
        return self.graph.add("Flatten", last)

    def add_probabilities(self, operator: str, **attributes: Any) -> str:
        """The mean of what an operator makes of the outputs, as `probabilities`."""
        graph = self.graph
        outputs = [self._output(network) for network, _ in self.replicas]
        if len(outputs) == 1:
            return graph.add(operator, *outputs, output="probabilities", **attributes)
        weighted = [
            graph.add("Mul", graph.add(operator, o, **attributes), share)
            for o, (_, share) in zip(outputs, self.replicas, strict=True)
        ]
        return graph.add("Sum", *weighted, output="probabilities")

    def add_outputs(self) -> str:
        """The mean of the outputs [batch, fan_out], as they are."""
        outputs = [self._output(network, 0.0, share) for network, share in self.replicas]
        return outputs[0] if len(outputs) == 1 else self.graph.add("Sum", *outputs)

    def add_values(self, output: str | None = None) -> str:
        """The mean of the outputs [batch, fan_out], in the unit of each target."""
        assert self.target is not None
        unit_mean, unit_sd = self.unit
        mean, sd = unit_mean + unit_sd * self.target.mean, unit_sd * self.target.sd
        # A replica's share goes into its head, with the target's unit.
        values = [self._output(network, share * mean, share * sd) for network, share in self.replicas]
        return values[0] if len(values) == 1 and not output else self.graph.add("Sum", *values, output=output)

    def _output(self, network: Network, mean: float | Array = 0.0, sd: float | Array = 1.0) -> str:
        return self.affine(self.graph, self.h, fold(network, mean, sd, self.dimensions))


def affine(graph: Graph, h: str, layers: list[Folded]) -> str:
    """Folded layers in float32, as they are."""
    for layer in layers:
        if isinstance(layer, FoldedConvolution):
            h = convolved(graph, h, layer)
        elif isinstance(layer, FoldedPool):
            h = pooled(graph, h, layer)
        else:
            h = graph.add("Flatten", h) if layer.flattens else h
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
        A tensor [batch, features], every value finite, the columns `model.features_`; or [batch, *input_shape].
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
    shape = model.input_shape
    h = standardized(graph, x, learner.standardizer, shape)
    dimensions = len(shape) - 1 if shape else 0
    heads = Heads(graph, h, replicas, affine, learner.target, model._arrays(), unit, dimensions)
    outputs = task_of(model).add_prediction(heads)
    return [
        helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(dtype), shape)
        for name, (dtype, shape) in outputs.items()
    ]


def absent_values(scaler: Standardizer | Unscaled, n: int) -> list[float]:
    """For each feature the value that stands for an absent one, as a float32."""
    center = scaler.center if isinstance(scaler, Standardizer) else np.zeros(n)
    values: list[float] = center.astype(np.float32).tolist()
    return values


def standardized(graph: Graph, x: str, scaler: Standardizer | Unscaled, shape: Shape | None = None) -> str:
    if isinstance(scaler, Standardizer):
        center, inverse_sd = scaler.center, scaler.inverse_sd
        if shape:
            center, inverse_sd = channels_first(center, shape), channels_first(inverse_sd, shape)
        # The mean is subtracted before anything is multiplied: inside a bias, a mean of 1e6 standard deviations would
        # cost 0.3 in a logit. And as the bounds of Clip are scalars, 1/sd cannot go into the first weights either.
        x = graph.add("Mul", graph.add("Sub", x, center), inverse_sd)
    return graph.add("Clip", x, -scaler.clip, scaler.clip)
