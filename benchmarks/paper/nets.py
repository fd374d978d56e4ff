"""The three nets: NormProp as the library has it, plain ReLU and LayerNorm. Step and optimiser are the same."""

from __future__ import annotations

import math

import numpy as np

from benchmarks.paper.streams import Stream
from streamnorm.engines.reference import Reference
from streamnorm.layers import Dense
from streamnorm.losses import CrossEntropy
from streamnorm.network import Network
from streamnorm.optim import Optimizer
from streamnorm.typing import Array

WIDTH = 64


class Relu(Reference):
    """a = relu(W h + b)."""

    row_norm = math.sqrt(2.0)  # He: half of the units are off.
    eps = 1e-5

    def normalize(self, s: Array) -> tuple[Array, float]:
        """The units before gain and bias, and what they were divided by."""
        return s, 1.0

    def gradients(self, h: Array, target: int) -> tuple[Array, list[dict[str, Array]]]:
        output, trace = self._forward(h)
        *hidden, head = self.network.parameters
        e = self.loss.gradient(output, target)
        gradients = [{"W": np.outer(e, trace[-1][-1]), "b": e}]
        dh = e @ head["W"].value
        for parameters, (h_in, u, z, r, _) in zip(reversed(hidden), reversed(trace), strict=True):
            e = dh * (z > 0.0)
            c = self.backward(e, parameters, u) / r
            gradient = {"W": np.outer(c, h_in), "g": e * u, "b": e}
            gradients.append({name: gradient[name] for name in parameters})
            dh = c @ parameters["W"].value
        return output, gradients[::-1]

    def backward(self, e: Array, parameters, u: Array) -> Array:
        """r dL/ds from e = dL/dz."""
        return e

    def _forward(self, h: Array):
        *hidden, head = self.network.parameters
        trace = []
        for parameters in hidden:
            u, r = self.normalize(parameters["W"].value @ h)
            z = (u * parameters["g"].value if "g" in parameters else u) + parameters["b"].value
            a = np.maximum(z, 0.0)
            trace.append((h, u, z, r, a))
            h = a
        return head["W"].value @ h + head["b"].value, trace


class LayerNorm(Relu):
    """a = relu(g (s - mean s) / sd s + b) with s = W h; mean and sd over the units of the layer, for one sample."""

    row_norm = 1.0  # Divided out.

    def normalize(self, s: Array) -> tuple[Array, float]:
        s = s - s.mean()
        r = np.sqrt(s @ s / len(s) + self.eps)
        return s / r, r

    def backward(self, e: Array, parameters, u: Array) -> Array:
        e = e * parameters["g"].value
        return e - e.mean() - u * (e @ u / len(u))


NETS = {"NormProp": Reference, "ReLU": Relu, "LayerNorm": LayerNorm}
RECIPES = ("textbook", "mirrored")


def build(net: str, recipe: str, depth: int, optimizer: Optimizer, stream: Stream, seed: int) -> Reference:
    """An engine around a new network. Textbook: Gaussian rows. Mirrored: the library's own initial rows."""
    network = Network([Dense(WIDTH)] * depth, slots=optimizer.slots, dtype="float32", seed=seed)
    network.add_inputs(stream.n_features)
    network.add_outputs(stream.n_classes)
    engine = NETS[net](network, CrossEntropy(), optimizer)
    rng = np.random.default_rng(seed)
    for parameters in network.parameters[:-1]:
        W = parameters["W"].value
        if recipe == "textbook":
            W[...] = rng.standard_normal(W.shape) / math.sqrt(W.shape[1])
        if net != "NormProp":
            W *= engine.row_norm
            parameters["g"].value[...] = 1.0
        if net == "ReLU":
            del parameters["g"]
    return engine


def hits(engine: Reference, inputs: Array, labels: list[int]) -> list[bool]:
    """Test, then train: whether each row was predicted right before it was learned."""
    right = []
    for h, y in zip(inputs, labels, strict=True):
        right.append(int(engine.forward(h).argmax()) == y)
        engine.learn(h, y)
    return right


def activations(engine: Reference, inputs: Array) -> list[Array]:
    """What every hidden layer hands on, [rows, units], in float64."""
    rows = [[step[-1] for step in engine._forward(h)[1]] for h in inputs]
    return [np.array(layer, dtype=np.float64) for layer in zip(*rows, strict=True)]
