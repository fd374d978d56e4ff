"""An anomaly score as nodes of a graph: see `streamnorm.surprise` and `streamnorm.tail`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from streamnorm.surprise import FLOOR
from streamnorm.tail import BINS, FADING, FAR, FEW, LOWEST, NEWEST, PRIOR, SMALLEST, WIDTH
from streamnorm.typing import Array

if TYPE_CHECKING:
    from .graph import Graph

_ACROSS = np.array([1])
_FIRST = np.array([0])
# Stands for infinity, which a file should not hold.
_UNBOUNDED = float(np.finfo(np.float64).max)


def add_surprise(exact: Graph, errors: str, h: str, present: str, mean: str | Array, variance: str | Array) -> str:
    """How strange samples are, float64 [batch], by the errors of their reconstruction.

    Parameters
    ----------
    exact
        The graph in float64.
    errors, h
        float64 [batch, features]: the errors, and the standardised features.
    present
        Which features samples have, bool [batch, features].
    mean, variance
        Of the errors so far, float64 [features].

    """
    centered = exact.add("Sub", errors, mean)
    squares = exact.add("Div", exact.add("Mul", centered, centered), exact.add("Add", variance, FLOOR))
    features = exact.add("Log", exact.add("Add", exact.add("Max", squares, exact.add("Mul", h, h)), 1.0))
    total = exact.add("ReduceSum", exact.add("Where", present, features, 0.0), _ACROSS, keepdims=0)
    number = exact.add("ReduceSum", exact.cast(present), _ACROSS, keepdims=0)
    return exact.add("Div", total, exact.add("Max", number, 1.0))


def add_score(exact: Graph, value: str, counts: str) -> tuple[str, str]:
    """How rare values float64 [batch] are, given the histogram float64 [256]: the score, and the places in it."""
    logarithm = exact.add("Log", exact.add("Max", value, SMALLEST))
    position = exact.add("Max", exact.add("Mul", exact.add("Sub", logarithm, LOWEST), 1.0 / WIDTH), 0.0)
    beyond = exact.add("Concat", exact.add("CumSum", counts, np.array(0), reverse=1), np.zeros(1), axis=0)
    remembered = exact.add("Gather", beyond, _FIRST)
    few = exact.add("Min", exact.add("Mul", remembered, 0.5), FEW)
    enough = exact.add("Max", exact.add("Mul", remembered, FAR), few)
    is_far = exact.add("Less", beyond, enough)
    start = exact.add("Sub", float(BINS), exact.add("ReduceSum", exact.cast(is_far), _FIRST))
    at_start = exact.add("ReduceMin", exact.add("Where", is_far, _UNBOUNDED, beyond), axes=[0])
    rest = exact.add("ReduceSum", exact.add("Where", is_far, beyond, 0.0), _FIRST)
    excess = exact.add("Add", exact.add("Div", rest, exact.add("Max", at_start, SMALLEST)), 0.5)
    far = exact.add("Mul", at_start, exact.add("Exp", exact.add("Div", exact.add("Sub", start, position), excess)))

    whole = exact.add("Floor", exact.add("Min", position, BINS - 1.0))
    below = exact.cast(whole, np.int64)
    lower, upper = exact.add("Gather", beyond, below), exact.add("Gather", beyond, exact.add("Add", below, _ACROSS))
    part = exact.add("Mul", exact.add("Sub", position, whole), exact.add("Sub", upper, lower))
    near = exact.add("Add", lower, part)
    # What is near could be far too large for Exp, whose result is then not taken.
    above = exact.add("Where", exact.add("Less", position, start), near, far)
    every = exact.add("Add", remembered, 2.0 * PRIOR)
    probability = exact.add("Div", exact.add("Add", above, PRIOR), every)
    return exact.add("Sub", 1.0, probability), below


def add_memory(exact: Graph, below: str, there: str | None) -> None:
    """The histogram after a value at this place, int64 [1]: the state's `tail.counts` and `tail.samples`.

    Both stay as they are where `there`, bool, says that there was no sample; None where there always is one.
    """
    one = exact.cast(there, np.int64) if there else _ACROSS
    samples = exact.add("Add", "state.tail.samples", one, output="next.tail.samples")
    newest = exact.add("Div", NEWEST, exact.add("Add", exact.cast(samples), NEWEST))
    kept = exact.add("Sub", 1.0, exact.add("Max", newest, FADING))
    faded = exact.add("Mul", "state.tail.counts", kept)
    own, hit = "next.tail.counts", exact.cast(exact.add("Equal", np.arange(BINS), below))
    if there:
        exact.add("Where", there, exact.add("Add", faded, hit), "state.tail.counts", output=own)
    else:
        exact.add("Add", faded, hit, output=own)
