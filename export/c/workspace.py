"""The workspace that the kernel asks for, known before it runs: `measure` in workspace.h and `lay_out` in learner.c."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

from streamnorm.layers import Convolution, Pool
from streamnorm.network import Network

# A cache line, where each of its arrays begins, in bytes and in floats.
_LINE = 64
_IN_LINE = 16
# Arrays that a dense layer leaves for those who come later, [fan_out] each; a convolution and a pool that learn, of all
# outputs each; and a convolution, [fan_out] each.
_TRACE = 7
_OUTPUTS, _POOLED, _FILTERS = 4, 3, 6


class _Room(NamedTuple):
    """What a layer leaves in the workspace, and how large it is itself: see `room_of` and `measure`."""

    fan_in: int
    fan_out: int
    numbers: int
    indices: int = 0
    directions: int = 0
    across: int = 0
    padded: int = 0
    z: int = 0
    sums: int = 0


def forward_bytes(network: Network) -> str:
    """Bytes for one network that only predicts, as a constant expression in C."""
    return _bytes(network, learns=False)


def learner_bytes(network: Network, replicas: int) -> str:
    """Bytes for a learner with that many replicas of a network, as a constant expression in C."""
    doubles = 2 * network.fan_out + replicas + (network.fan_out + 7) // 8
    reals = (network.fan_in + 3 * network.fan_out + 1) // 2 * 2
    return f"{doubles} * sizeof(double) + {reals} * sizeof(float) + {_bytes(network, learns=True)}"


def _bytes(network: Network, learns: bool) -> str:
    rooms = list(_rooms(network, learns))
    longest = _aligned(max(room.fan_in for room in rooms))
    widest = max(longest, _aligned(max(room.fan_out for room in rooms)))
    across = max(widest, _aligned(max(room.across for room in rooms)))
    largest = max(room.padded for room in rooms) + max(room.z for room in rooms) + max(room.sums for room in rooms)
    indices = _aligned(sum(room.indices for room in rooms))
    reals = sum(room.numbers for room in rooms) + across + 2 * widest + largest + longest
    if learns and network.slots:
        reals += sum(room.directions for room in rooms)
    return f"{_LINE} + {indices} * sizeof(size_t) + {reals} * sizeof(float)"


def _rooms(network: Network, learns: bool) -> Iterator[_Room]:
    channels = network.channels
    for layer, parameters in zip(network.layers, network.parameters, strict=True):
        fan_out, fan_in = parameters["W"].value.shape if parameters else (channels, channels)
        if isinstance(layer, Convolution | Pool):
            yield _on_grid(layer, channels, fan_in, fan_out, learns)
        else:
            yield _Room(fan_in, fan_out, _TRACE * _aligned(fan_out), 1 + fan_out, _directions(fan_in, fan_out))
        channels = fan_out


def _on_grid(layer: Convolution | Pool, channels: int, fan_in: int, fan_out: int, learns: bool) -> _Room:
    grid, n = layer.grid, _aligned(fan_out)
    outputs = _aligned(grid.positions * fan_out)
    across = max(math.prod(grid.size) * channels, grid.positions * fan_out)
    # The input with zeros around, if there are any.
    margin = _aligned(math.prod(grid.padded) * channels) if grid.padded > grid.size else 0
    sums = 0 if isinstance(layer, Pool) else max(fan_out * _aligned(fan_in), fan_in * n)
    if not learns:
        return _Room(fan_in, fan_out, margin + n + outputs, across=across, z=outputs, sums=sums)
    if isinstance(layer, Pool):
        return _Room(fan_in, fan_out, _POOLED * outputs + margin, across=across, padded=margin)
    numbers = _OUTPUTS * outputs + _FILTERS * n + sums + margin
    return _Room(fan_in, fan_out, numbers, 1 + 2 * fan_out, _directions(fan_in, fan_out), across, margin)


def _directions(fan_in: int, fan_out: int) -> int:
    return 2 * _aligned(fan_out) + fan_out * _aligned(fan_in)


def _aligned(n: int) -> int:
    return (n + _IN_LINE - 1) // _IN_LINE * _IN_LINE
