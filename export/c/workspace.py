"""The workspace that the kernel asks for, known before it runs: `measure` in workspace.h and `lay_out` in learner.c."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

from streamnorm.layers import Convolution, Pool
from streamnorm.layers.grid import Grid
from streamnorm.network import Network

# A cache line, where each of its arrays begins, in bytes and in floats.
_LINE = 64
_IN_LINE = 16
# Arrays that a dense layer leaves for those who come later; and those of a convolution and a pool, of all outputs each,
# and of a convolution of filters alone.
_TRACE = 7
_OUTPUTS, _POOLED, _FILTERS = 4, 3, 6


class _Room(NamedTuple):
    """What a layer leaves in the workspace, and how large it is itself: see `room_of` and `measure`."""

    numbers: int
    indices: int
    directions: int
    fan_in: int
    fan_out: int
    across: int = 0
    margin: int = 0


def forward_bytes(network: Network, directions: bool = False) -> str:
    """Bytes for one network, as a constant expression in C. Only an optimiser with state needs directions."""
    rooms = list(_rooms(network))
    longest = _aligned(max(room.fan_in for room in rooms))
    widest = max(longest, _aligned(max(room.fan_out for room in rooms)))
    across = max(widest, _aligned(max(room.across for room in rooms)))
    indices = _aligned(sum(room.indices for room in rooms))
    reals = sum(room.numbers for room in rooms) + across + 2 * widest + max(room.margin for room in rooms) + longest
    if directions:
        reals += sum(room.directions for room in rooms)
    return f"{_LINE} + {indices} * sizeof(size_t) + {reals} * sizeof(float)"


def learner_bytes(network: Network, replicas: int) -> str:
    """Bytes for a learner with that many replicas of a network, as a constant expression in C."""
    doubles = 2 * network.fan_out + replicas + (network.fan_out + 7) // 8
    reals = (network.fan_in + 3 * network.fan_out + 1) // 2 * 2
    own = f"{doubles} * sizeof(double) + {reals} * sizeof(float)"
    return f"{own} + {forward_bytes(network, directions=bool(network.slots))}"


def _rooms(network: Network) -> Iterator[_Room]:
    channels = network.channels
    for layer, parameters in zip(network.layers, network.parameters, strict=True):
        if isinstance(layer, Pool):
            yield _pool(layer.grid, channels)
            continue
        fan_out, fan_in = parameters["W"].value.shape
        directions = 2 * _aligned(fan_out) + fan_out * _aligned(fan_in)
        if isinstance(layer, Convolution):
            yield _convolution(layer.grid, channels, fan_out, fan_in, directions)
        else:
            yield _Room(_TRACE * _aligned(fan_out), 1 + fan_out, directions, fan_in, fan_out)
        channels = fan_out


def _pool(grid: Grid, channels: int) -> _Room:
    outputs, margin = grid.positions * channels, _margin(grid, channels)
    across = max(math.prod(grid.size) * channels, outputs)
    return _Room(_POOLED * _aligned(outputs) + margin, 0, 0, channels, channels, across, margin)


def _convolution(grid: Grid, channels: int, fan_out: int, fan_in: int, directions: int) -> _Room:
    outputs, margin = grid.positions * fan_out, _margin(grid, channels)
    sums = max(fan_out * _aligned(fan_in), fan_in * _aligned(fan_out))
    numbers = _OUTPUTS * _aligned(outputs) + _FILTERS * _aligned(fan_out) + sums + margin
    across = max(math.prod(grid.size) * channels, outputs)
    return _Room(numbers, 1 + 2 * fan_out, directions, fan_in, fan_out, across, margin)


def _margin(grid: Grid, channels: int) -> int:
    """The input with zeros around, if there are any."""
    return _aligned(math.prod(grid.padded) * channels) if grid.padded > grid.size else 0


def _aligned(n: int) -> int:
    return (n + _IN_LINE - 1) // _IN_LINE * _IN_LINE
