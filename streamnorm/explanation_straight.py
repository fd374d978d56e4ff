"""Exact integrals along the way where a network is linear piece by piece."""

from __future__ import annotations

import itertools
import math

import numpy as np

from streamnorm.explanation_way import Way
from streamnorm.typing import Array

# A switch is where it is known to be within this part of a layer's largest value: rounding finds no end otherwise.
SHARP = 1e-12
# How many numbers the pieces of a part of the way may take at once.
NUMBERS = 2**22


def integrated(way: Way) -> Array:
    """What each input contributes [fan_in]. The way is taken in parts, so that their pieces fit into memory."""
    values = sum(len(z) for z in way.at(np.zeros(1))[0]) + len(way.h)
    # Hardly more points than values, each of which switches once on most ways, or not at all.
    edges = np.linspace(0.0, 1.0, math.ceil(values**2 / NUMBERS) + 1)
    total = np.zeros(len(way.h))
    for start, end in itertools.pairwise(edges.tolist()):
        inner, lengths = _pieces(way, start, end)
        total += way.contributions(inner, lengths[:, None])[:, 0]
    return total


def _pieces(way: Way, start: float, end: float) -> tuple[list[Array], Array]:
    """The inner values of each layer [values, pieces] in the middle of each straight piece, and how long these are."""
    cuts = np.array([start, end])
    inner: list[Array] = []
    a = way.h[:, None] * cuts
    for layer in way.layers:
        inner.append(layer.inner(a))
        # Between two cuts inner values are linear, for all layers in front are. A third value of a patch may become the
        # largest where two are equal: hence again.
        while True:
            before, after, point = layer.gaps(inner[-1])
            sharp = np.minimum(abs(before), abs(after)) > SHARP * np.abs(inner[-1]).max(initial=0.0)
            if not sharp.any():
                break
            part = before[sharp] / (before[sharp] - after[sharp])
            order = np.concatenate([np.arange(len(cuts)), point[sharp] + part]).argsort()
            cuts, *inner = (_refined(values, point[sharp], part, order) for values in (cuts, *inner))
        a = layer.outer(inner[-1])
    return [(values[:, :-1] + values[:, 1:]) / 2.0 for values in inner], np.diff(cuts)


def _refined(values: Array, point: Array, part: Array, order: Array) -> Array:
    """Values at cuts, with those at new cuts behind these points."""
    new = (1.0 - part) * values[..., point] + part * values[..., point + 1]
    refined: Array = np.concatenate([values, new], axis=-1)[..., order]
    return refined
