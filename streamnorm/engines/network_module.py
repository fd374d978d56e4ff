"""A network as a torch module whose parameters are the network's own arrays."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from streamnorm.layers import Convolution, Dense, Layer, Pool
from streamnorm.layers.grid import Grid, Size
from streamnorm.network import Network
from streamnorm.nn import Linear, NormalizedActivation
from streamnorm.nn.filtered import filtered
from streamnorm.typing import Array


def network_module(network: Network) -> torch.nn.Sequential:
    """Maps inputs [..., fan_in] to outputs [..., fan_out]; positions stand channels last, as in the network."""
    module = torch.nn.Sequential()
    sliding = [layer.grid for layer in network.layers if isinstance(layer, Convolution | Pool)]
    if sliding:
        module.append(_ChannelsFirst(sliding[0].size))
    for index, (layer, parameters) in enumerate(zip(network.layers, network.parameters, strict=True)):
        if sliding and index == len(sliding):
            module.append(_ChannelsLast())
        tensors = {name: torch.nn.Parameter(as_tensor(layer, p.value)) for name, p in parameters.items()}
        module.extend(_modules(layer, tensors))
    return module


def as_tensor(layer: Layer, array: Array) -> torch.Tensor:
    """A view of an array of a layer, in torch's order of axes."""
    tensor = torch.from_numpy(array)
    if isinstance(layer, Convolution) and tensor.ndim == 2:
        return tensor.view(len(tensor), *layer.grid.kernel, -1).movedim(-1, 1)
    return tensor


def _modules(layer: Layer, tensors: dict[str, torch.nn.Parameter]) -> Iterator[torch.nn.Module]:
    if isinstance(layer, Pool):
        yield _Pooled(layer)
    elif isinstance(layer, Convolution):
        yield _Filters(layer.grid, tensors["W"], tensors["g"], tensors["b"])
        yield NormalizedActivation(layer.activation)
    elif isinstance(layer, Dense):
        linear = Linear(1, 1)  # The arrays bring their shapes, and initial weights would be for nothing.
        linear.weight, linear.gain, linear.bias = tensors["W"], tensors["g"], tensors["b"]
        yield linear
        yield NormalizedActivation(layer.activation)
    else:
        head = _Head(1, 1)
        head.weight, head.bias = tensors["W"], tensors["b"]
        yield head


class _Head(torch.nn.Linear):
    def forward(self, h: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.linear(h, self.weight.contiguous(), self.bias)  # As in `streamnorm.nn.Linear`.


class _Filters(torch.nn.Module):
    def __init__(
        self, grid: Grid, weight: torch.nn.Parameter, gain: torch.nn.Parameter, bias: torch.nn.Parameter
    ) -> None:
        super().__init__()
        self.grid = grid
        self.weight = weight
        self.gain = gain
        self.bias = bias

    def forward(self, h: torch.Tensor) -> torch.Tensor:
        return filtered(h, self.weight, self.gain, self.bias, self.grid)


class _Pooled(torch.nn.Module):
    def __init__(self, pool: Pool) -> None:
        super().__init__()
        kind = torch.nn.MaxPool2d if pool.maximum else torch.nn.AvgPool2d
        self.patches = kind(pool.grid.kernel, pool.grid.stride)
        self.moments = pool.moments

    def forward(self, h: torch.Tensor) -> torch.Tensor:
        p: torch.Tensor = self.patches(h)
        return (p - self.moments.mean) / self.moments.sd


class _ChannelsFirst(torch.nn.Module):
    def __init__(self, size: Size) -> None:
        super().__init__()
        self.size = size

    def forward(self, h: torch.Tensor) -> torch.Tensor:
        return h.view(*h.shape[:-1], *self.size, -1).movedim(-1, -3)


class _ChannelsLast(torch.nn.Module):
    def forward(self, h: torch.Tensor) -> torch.Tensor:
        return h.movedim(-3, -1).flatten(-3)
