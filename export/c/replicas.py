"""The replicas of a model: their arrays, and the kernel's structs that point to them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from streamnorm.activations import ACTIVATIONS
from streamnorm.layers import Affine, Convolution, Pool
from streamnorm.layers.grid import Grid
from streamnorm.mixture import Mixture
from streamnorm.network import Network
from streamnorm.optim import SGD, Adam, Optimizer, RMSprop
from streamnorm.typing import Array

from .literals import indented, listed, number, single

_METHODS = {SGD: "SN_SGD", RMSprop: "SN_RMSPROP", Adam: "SN_ADAM"}
# SN_RECENT of kernel.h.
RECENT = 32


class Replica(NamedTuple):
    """A network, how it learns, and how much it counts."""

    network: Network
    optimizer: Optimizer
    share: float


def chosen(mixture: Mixture, which: str) -> list[Replica]:
    """All replicas, or the one that counts most alone."""
    replicas = list(map(Replica, mixture.networks, mixture.optimizers, mixture.weights.tolist()))
    return replicas if which == "mixture" else [replicas[mixture.leader]._replace(share=1.0)]


def parameters(network: Network) -> dict[str, Array]:
    """What a prediction reads, in float32, by the name of its member: W_0, g_0, b_0, square_0, W_1, ..."""
    arrays = {}
    for index, layer in enumerate(network.parameters):
        for name, parameter in layer.items():
            arrays[f"{name}_{index}"] = single(parameter.value)
        if "g" in layer:
            W = arrays[f"W_{index}"].astype(np.float64)
            arrays[f"square_{index}"] = single(np.einsum("ij,ij->i", W, W))
    return arrays


def memory(network: Network) -> dict[str, Array]:
    """All that learning changes: the step and the optimiser's state as well. int64 first, that nothing is padded."""
    arrays = {"step": network.steps}
    if network.slots:
        arrays |= {f"last_{index}": last for index, last in enumerate(network.last) if network.parameters[index]}
    arrays |= parameters(network)
    for index, layer in enumerate(network.parameters):
        for name, parameter in layer.items():
            arrays |= {f"{name}_{index}_{slot}": single(state) for slot, state in parameter.state.items()}
    return arrays


def described(replicas: list[Replica], owner: str, learn: bool) -> Iterator[str]:
    """The kernel's structs, as constants; `owner` is the variable whose member `replica` holds the arrays."""
    for k, replica in enumerate(replicas):
        yield f"static const sn_layer layers_{k}[] = {{"
        for index in range(len(replica.network.layers)):
            yield "    {"
            yield from indented(indented(_layer(replica.network, index, f"{owner}.replica[{k}]", learn)))
            yield "    },"
        yield "};"
        yield ""
    yield "static const sn_network networks[] = {"
    for k, replica in enumerate(replicas):
        yield "    {"
        yield f"        .n_layers = {len(replica.network.layers)},"
        yield f"        .layers = (sn_layer *)layers_{k},"
        if learn:
            yield from indented(indented(_optimizer(replica.optimizer)))
            yield f"        .step = {owner}.replica[{k}].step,"
        yield "    },"
    yield "};"


def _layer(network: Network, index: int, owner: str, learn: bool) -> Iterator[str]:
    layer, arrays = network.layers[index], network.parameters[index]
    if isinstance(layer, Pool):
        yield from _pool(layer, _channels(network, index))
        return
    activation = "identity" if isinstance(layer, Affine) else layer.activation
    moments = ACTIVATIONS[activation].moments
    fan_out, fan_in = arrays["W"].value.shape
    if isinstance(layer, Convolution):
        yield ".kind = SN_CONVOLUTION,"
        yield from _grid(layer.grid, _channels(network, index))
    yield f".fan_in = {fan_in}, .fan_out = {fan_out}, .stride = {fan_in}, .activation = SN_{activation.upper()},"
    yield f".mean = {number(moments.mean)}, .sd = {number(moments.sd)},"
    for name in arrays:
        slots = "".join(f", .{slot} = {owner}.{name}_{index}_{slot}" for slot in network.slots if learn)
        yield f".{name} = {{.value = (void *){owner}.{name}_{index}{slots}}},"
    if "g" in arrays:
        yield f".square = (void *){owner}.square_{index},"
    if learn and network.slots:
        yield f".last = {owner}.last_{index},"


def _pool(layer: Pool, channels: int) -> Iterator[str]:
    yield f".kind = SN_{'MAX' if layer.maximum else 'MEAN'}_POOL,"
    yield from _grid(layer.grid, channels)
    yield f".fan_in = {channels}, .fan_out = {channels}, .stride = {channels},"
    yield f".mean = {number(layer.moments.mean)}, .sd = {number(layer.moments.sd)},"


def _grid(grid: Grid, channels: int) -> Iterator[str]:
    sizes = ", ".join(f".{name} = {{{height}, {width}}}" for name, (height, width) in grid._asdict().items())
    yield f".grid = {{.channels = {channels}, {sizes}}},"


def _channels(network: Network, index: int) -> int:
    """How many channels a layer's input has: as many as the last layer in front of it that is no pool has filters."""
    filters = [len(parameters["b"].value) for parameters in network.parameters[:index] if parameters]
    return filters[-1] if filters else network.channels


def _optimizer(optimizer: Optimizer) -> Iterator[str]:
    yield f".optimizer.method = {_METHODS[type(optimizer)]},"
    yield f".optimizer.learning_rate = {number(optimizer.learning_rate)},"
    for slot, decay in optimizer.decays.items():
        recent = [1.0]
        while len(recent) < RECENT:
            recent.append(recent[-1] * decay)
        yield f".optimizer.decay_{slot} = {number(decay)},"
        yield f".optimizer.recent_{slot} = {{"
        yield from indented(listed(recent))
        yield "},"
    if not isinstance(optimizer, SGD):
        yield f".optimizer.eps = {number(optimizer.eps)},"
