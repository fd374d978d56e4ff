"""Integrals along the way by quadrature, where a network bends everywhere."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from streamnorm.explanation_way import Way
from streamnorm.typing import Array

# Panels of so many Gauss-Legendre nodes are divided until each contributes what it should within this part of all.
NODES = 4
PRECISION = 1e-9
# As near as the difference of two outputs can be known, as a part of them.
ROUNDING = 1e-15
MOST_PANELS = 20_000
MOST_ROUNDS = 60
# Of a panel nothing narrower than this part is cut off.
EDGE = 1e-9
# How many panels are looked at together.
TOGETHER = 64
_LEGENDRE = np.polynomial.legendre.leggauss(NODES)


class Panels(NamedTuple):
    """Parts of the way: where they start, how wide they are, what each input contributes in each [fan_in, panels], what
    that lacks to the output's difference, and where each is to be divided."""

    starts: Array
    widths: Array
    contributions: Array
    missing: Array
    cuts: list[Array]


def integrated(way: Way) -> Array:
    """What each input contributes [fan_in]."""
    total = np.zeros(len(way.h))
    starts, widths = np.zeros(1), np.ones(1)
    for _ in range(MOST_ROUNDS):
        size = np.abs(total).sum()
        rest = np.zeros(len(way.h))
        divided: list[Array] = []
        for first in range(0, len(starts), TOGETHER):
            panels = _panels(way, starts[first : first + TOGETHER], widths[first : first + TOGETHER])
            right = panels.missing <= PRECISION * (size + np.abs(panels.contributions).sum())
            total += panels.contributions[:, right].sum(axis=1)
            rest += panels.contributions[:, ~right].sum(axis=1)
            divided += [panels.cuts[k] for k in np.flatnonzero(~right)]
        if not 0 < len(divided) < MOST_PANELS:
            break
        starts = np.concatenate([cuts[:-1] for cuts in divided])
        widths = np.concatenate([np.diff(cuts) for cuts in divided])
    return total + rest


def _panels(way: Way, starts: Array, widths: Array) -> Panels:
    x, w = _LEGENDRE
    inner, _ = way.at((starts[:, None] + (x + 1.0) / 2.0 * widths[:, None]).ravel())
    contributions = way.contributions(inner, np.kron(np.diag(widths), w[:, None] / 2.0))
    # Each start, and its end behind it.
    ends, outputs = way.at(np.column_stack([starts, starts + widths]).ravel())
    missing = np.abs(contributions.sum(axis=0) - (outputs[1::2] - outputs[::2])) - ROUNDING * np.abs(outputs).max()
    return Panels(starts, widths, contributions, missing, _cuts(way, ends, starts, widths))


def _cuts(way: Way, ends: list[Array], starts: Array, widths: Array) -> list[Array]:
    """Where the largest value of a patch changes within each panel, were values linear there; else its middle."""
    found = [layer.gaps(inner) for layer, inner in zip(way.layers, ends, strict=True)]
    before, after, point = (np.concatenate(values) for values in zip(*found, strict=True))
    inside = (point % 2 == 0) & (before != 0.0) & (after != 0.0)
    parts = before[inside] / (before[inside] - after[inside])
    panel = point[inside] // 2
    cuts = []
    for k, (start, width) in enumerate(zip(starts, widths, strict=True)):
        own = np.unique(parts[(panel == k) & (parts > EDGE) & (parts < 1.0 - EDGE)])
        cuts.append(start + width * np.concatenate([[0.0], own if len(own) else [0.5], [1.0]]))
    return cuts
