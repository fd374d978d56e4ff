"""The networks that are timed: features, hidden layers, classes."""

from __future__ import annotations

from itertools import pairwise

SIZES = ((8, 16, 2), (32, 64, 64, 2), (64, 128, 128, 128, 10), (784, 256, 256, 10))
MAIN = SIZES[1]  # Of the targets.
LARGE = SIZES[-1]


def name(size: tuple[int, ...]) -> str:
    return "-".join(map(str, size))


def parameters(size: tuple[int, ...]) -> int:
    """Weights, and a gain and a bias for each hidden unit; the outputs have a bias alone."""
    return sum(fan_in * fan_out + 2 * fan_out for fan_in, fan_out in pairwise(size)) - size[-1]
