"""A learner described to the extension."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import numpy as np

from streamnorm.activations import ACTIVATIONS
from streamnorm.array_index import ArrayIndex
from streamnorm.engines.native import instructions, kernel
from streamnorm.features import FeatureIndex
from streamnorm.layers import Affine, Convolution, Dense, Pool
from streamnorm.losses import CrossEntropy, Huber, Loss, Reconstruction, SigmoidCrossEntropy, SquaredError
from streamnorm.mixture import Mixture
from streamnorm.network import Network, Parameter
from streamnorm.optim import SGD, Adam, Optimizer, RMSprop
from streamnorm.recency import Recency
from streamnorm.room import buffer
from streamnorm.standardizer import Standardizer
from streamnorm.typing import Array
from streamnorm.unscaled import Unscaled

# Their places are the values of the enums in kernel.h and learner.h.
_ACTIVATIONS = ("relu", "leaky_relu", "tanh", "sigmoid", "gelu", "silu", "softplus", "identity")
_KINDS = ("dense", "convolution", "max pool", "mean pool")
_METHODS = (SGD, RMSprop, Adam)
_LOSSES = (CrossEntropy, SigmoidCrossEntropy, SquaredError, Huber, Reconstruction)


class Native:
    """A learner's arrays, described to the extension, and its calls.

    Parameters
    ----------
    features
        For each feature its column, or the shape of the array that is all; and what a missing value is.
    mixture, standardizer, target, recency
        Owners of the arrays, which are read and written in place; no target for classes.
    loss
        What the output is judged by.

    Attributes
    ----------
    predict_dict, learn_dict, hold, release
        The extension's own functions. The first two leave any dict to the index that has a name, a value or an array
        out of the ordinary.

    """

    def __init__(
        self,
        features: FeatureIndex | ArrayIndex,
        mixture: Mixture,
        standardizer: Standardizer | Unscaled,
        target: Standardizer | None,
        loss: Loss,
        recency: Recency | None,
    ) -> None:
        dtype = mixture.networks[0].dtype
        if kernel is None:
            raise ImportError(
                "engine='native' needs the compiled extension, which this installation does not have: install a wheel, "
                "or a C compiler before installing from source"
            )
        chosen = os.environ.get("STREAMNORM_INSTRUCTIONS") or instructions(dtype.itemsize)[0]
        description = _description(mixture, standardizer, target, loss, recency)
        array = (np.ndarray, features.shape) if isinstance(features, ArrayIndex) else None
        reading = features.columns, np.float64, features.skips_missing, array
        native = kernel.Native(chosen, dtype.itemsize, *reading, description)
        self._mixture = mixture
        self._follow = native.follow
        self.predict_dict = native.predict
        self.learn_dict = native.learn
        self.hold = native.hold
        self.release = native.release
        self._predict_rows = native.predict_rows
        self._learn_rows = native.learn_rows

    def follow(self) -> bool:
        """Go on with arrays that have grown where they are; False where they have moved.

        Norms are summed anew, which costs about as much as a prediction: nothing is copied, but a new feature is not
        free where there are many.
        """
        followed: bool = self._follow(self._mixture.fan_in, self._mixture.fan_out)
        return followed

    def predict_rows(self, X: Array, columns: Array) -> Array:
        """What the mixture says of each row [rows, fan_out]."""
        predictions = np.empty((len(X), self._mixture.fan_out))
        self._predict_rows(np.ascontiguousarray(X), columns, predictions)
        return predictions

    def learn_rows(self, X: Array, columns: Array, targets: Array, weights: Array) -> Array:
        """Learn row by row, and give what the mixture said of each before it [rows, fan_out]."""
        predictions = np.empty((len(X), self._mixture.fan_out))
        self._learn_rows(np.ascontiguousarray(X), columns, targets, weights, predictions)
        return predictions


def _description(
    mixture: Mixture,
    standardizer: Standardizer | Unscaled,
    target: Standardizer | None,
    loss: Loss,
    recency: Recency | None,
) -> tuple[Any, ...]:
    return (
        mixture.fan_in,
        mixture.fan_out,
        _room(mixture, standardizer, target, recency),
        standardizer.positions,
        _LOSSES.index(type(loss)),
        _standardizer(standardizer),
        _standardizer(target or Unscaled()),
        (mixture.weights, mixture.smoothed, mixture.samples),
        tuple(map(_network, mixture.networks, mixture.optimizers)),
        (recency.clock, buffer(recency.seen)) if recency else None,
    )


def _standardizer(s: Standardizer | Unscaled) -> tuple[Any, ...]:
    if isinstance(s, Unscaled):
        return (), s.clip, 0.0, False
    return _statistics(s), s.clip, s.fading_factor, s.dtype == np.float32


def _statistics(s: Standardizer) -> tuple[Array, ...]:
    return tuple(map(buffer, (s.count, s.mean, s.variance, s.center, s.sd, s.inverse_sd)))


def _room(
    mixture: Mixture,
    standardizer: Standardizer | Unscaled,
    target: Standardizer | None,
    recency: Recency | None,
) -> tuple[int, int]:
    """How many inputs and outputs fit into the arrays as they are. Arrays as samples do not grow."""
    inputs = [_inputs(network) for network in mixture.networks]
    outputs = [len(buffer(network.parameters[-1][name].value)) for network in mixture.networks for name in ("W", "b")]
    outputs += [len(buffer(network.last[-1])) for network in mixture.networks]
    if isinstance(standardizer, Standardizer):
        inputs += [standardizer.positions * len(array) for array in _statistics(standardizer)]
    if target:
        outputs += map(len, _statistics(target))
    if recency:
        inputs.append(len(buffer(recency.seen)))
    return min(inputs), min(outputs)


def _inputs(network: Network) -> int:
    if isinstance(network.layers[0], Dense | Affine):
        return int(buffer(network.parameters[0]["W"].value).shape[1])
    return network.fan_in


def _network(network: Network, optimizer: Optimizer) -> tuple[Any, ...]:
    decays = optimizer.decays
    constants = (
        _METHODS.index(type(optimizer)),
        optimizer.learning_rate,
        decays.get("m", 0.0),
        decays.get("v", 0.0),
        getattr(optimizer, "eps", 0.0),
    )
    return constants, network.steps, tuple(_layers(network))


def _layers(network: Network) -> Iterator[tuple[Any, ...]]:
    """kind, grid, fan_in, fan_out, stride, activation, its moments or a pool's, arrays or None of a pool."""
    channels = network.channels
    for index, layer in enumerate(network.layers):
        if isinstance(layer, Pool):
            kind = _KINDS.index("max pool" if layer.maximum else "mean pool")
            yield kind, (channels, *layer.grid), channels, channels, channels, 0, *layer.moments, None
            continue
        W = network.parameters[index]["W"].value
        activation = "identity" if isinstance(layer, Affine) else layer.activation
        convolution = isinstance(layer, Convolution)
        yield (
            _KINDS.index("convolution" if convolution else "dense"),
            (channels, *layer.grid) if isinstance(layer, Convolution) else None,
            W.shape[1],
            W.shape[0],
            buffer(W).shape[1],
            _ACTIVATIONS.index(activation),
            *ACTIVATIONS[activation].moments,
            _arrays(network, index),
        )
        channels = W.shape[0]


def _arrays(network: Network, index: int) -> tuple[Any, ...]:
    parameters = network.parameters[index]
    reach = None if index == len(network.layers) - 1 else network.reach[index]
    return (
        *(_parameter(parameters.get(name)) for name in ("W", "g", "b")),
        buffer(network.last[index]),
        reach,
    )


def _parameter(parameter: Parameter | None) -> tuple[Any, ...] | None:
    if parameter is None:
        return None
    state = (parameter.state.get(slot) for slot in ("m", "v"))
    return (buffer(parameter.value), *(array if array is None else buffer(array) for array in state))
