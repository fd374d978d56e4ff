"""What the output is judged by: its gradient, and the losses that a mixture weighs replicas by."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from streamnorm.losses import Huber, SquaredError
from streamnorm.losses.blame import MOST
from streamnorm.mixture import WORST

from ..graph import Graph

# Stands for infinity, which a file should not hold.
_UNBOUNDED = float(np.finfo(np.float64).max)
_ACROSS = np.array([1, -1])


class Losses(NamedTuple):
    """Of each replica the loss float64 [1, replicas], bounded, and whether it is finite."""

    bounded: str
    finite: str


def add_cross_entropy(graph: Graph, probabilities: str, y: str, n_classes: int) -> str:
    """The gradient at the logits of probabilities float64 [replicas, 1, classes], for the class y int64 [1]."""
    exact = graph.in_type(np.float64)
    places = graph.constant(np.arange(n_classes))
    # Gather raises for a class that there is none of, which Equal would take for one without a chance.
    truth = exact.cast(exact.add("Equal", places, exact.add("Gather", places, y)))
    return graph.cast(exact.add("Sub", probabilities, truth))


def add_log_losses(exact: Graph, logits: str, y: str) -> Losses:
    log_likelihood = exact.add("Gather", exact.add("LogSoftmax", logits, axis=-1), y, axis=-1)
    loss = exact.add("Reshape", exact.add("Neg", log_likelihood), _ACROSS)
    bounded = exact.add("Where", exact.add("Less", loss, WORST), loss, WORST)
    return Losses(bounded, exact.add("LessOrEqual", loss, _UNBOUNDED))


def add_error(graph: Graph, output: str, aim: str, loss: Huber | SquaredError) -> tuple[str, str]:
    """Error of an output [replicas, 1, 1] for a standardised target float64 [1], and the gradient."""
    error = graph.add("Sub", output, graph.cast(aim))
    return error, graph.add("Clip", error, -1.0, 1.0) if isinstance(loss, Huber) else error


def add_blame(exact: Graph, error: str) -> Losses:
    """Huber's loss of at most `MOST`, see `streamnorm.losses.blame`."""
    e = exact.add("Reshape", exact.add("Abs", exact.cast(error)), _ACROSS)
    finite = exact.add("LessOrEqual", e, _UNBOUNDED)
    near, far = exact.add("Min", e, 1.0), exact.add("Min", e, MOST + 0.5)
    blame = exact.add("Mul", near, exact.add("Sub", far, exact.add("Mul", near, 0.5)))
    return Losses(exact.add("Where", finite, blame, WORST), finite)
