"""Hedge over the replicas, and who starts again from whom."""

from __future__ import annotations

import numpy as np

from streamnorm.mixture import HEDGE, HOPELESS, PATIENCE, SHARE

from ..graph import Graph
from .loss import Losses


def add_mixture(exact: Graph, losses: Losses, weight: str, counts: str, replicas: int) -> str:
    """Nodes that weigh the replicas by their losses for a sample.

    Parameters
    ----------
    exact
        The graph in float64.
    losses
        Of the replicas.
    weight
        Of the sample, float64 [1].
    counts
        Whether the weight is above 0 and the losses say anything, bool [1].
    replicas
        How many there are.

    Returns
    -------
    The name of an int64 [replicas]: for each replica whose arrays it goes on with, mostly its own.

    """
    part = exact.add("Mul", exact.add("Min", weight, 1.0), exact.cast(counts))
    excess = exact.add("Sub", losses.bounded, exact.add("ReduceMin", losses.bounded, axes=[1]))
    factors = exact.add("Exp", exact.add("Mul", excess, exact.add("Mul", part, -HEDGE)))
    products = exact.add("Mul", "state.weights", factors)
    kept = exact.add("Mul", exact.add("Div", products, exact.add("ReduceSum", products, np.array([1]))), 1.0 - SHARE)
    weights = exact.add(
        "Where", counts, exact.add("Add", kept, SHARE / replicas), "state.weights", output="next.weights"
    )

    samples = exact.add("Add", "state.samples", exact.cast(counts, np.int64), output="next.samples")
    # A sample that does not count may come first.
    memory = exact.add("Max", exact.add("Min", exact.cast(samples), float(PATIENCE)), 1.0)
    drift = exact.add("Sub", losses.bounded, "state.smoothed")
    smoothed = exact.add("Add", "state.smoothed", exact.add("Mul", drift, exact.add("Div", part, memory)))

    # Nobody starts again from a replica that diverged itself.
    leader = exact.add("ArgMax", exact.add("Where", losses.finite, weights, -1.0), axis=1, keepdims=0)
    hopeless = exact.add("Add", exact.add("Gather", smoothed, leader, axis=1), HOPELESS)
    due = exact.add("Equal", exact.add("Mod", samples, np.array(PATIENCE)), np.array(0))
    behind = exact.add("And", exact.add("Greater", smoothed, hopeless), due)
    dropped = exact.add("Or", behind, exact.add("Not", losses.finite))
    possible = exact.add("And", counts, exact.add("Gather", losses.finite, leader, axis=1))
    sources = exact.add("Where", exact.add("And", dropped, possible), leader, np.arange(replicas)[None])
    source = exact.add("Reshape", sources, np.array([-1]))
    exact.add("Gather", smoothed, source, output="next.smoothed", axis=1)
    return source
