"""What the output is judged by: its gradient, and the losses that a mixture weighs replicas by."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from streamnorm.features import LIMIT
from streamnorm.losses import Huber, SquaredError
from streamnorm.losses.blame import MOST
from streamnorm.mixture import WORST

if TYPE_CHECKING:
    from ..graph import Graph

# Stands for infinity, which a file should not hold.
_UNBOUNDED = float(np.finfo(np.float64).max)
_ACROSS = np.array([1, -1])
_TARGETS = np.array([-1])


class Losses(NamedTuple):
    """Of each replica the loss float64 [1, replicas], bounded, and whether it is finite; and whether there was a target
    to judge by, bool [1], None where there always is."""

    bounded: str
    finite: str
    told: str | None = None


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


def add_known(exact: Graph, y: str) -> tuple[str, str]:
    """Which targets float64 [1, targets] are known, and the targets, 0 where they are not."""
    known = exact.add("LessOrEqual", exact.add("Abs", y), LIMIT)
    return known, exact.add("Where", known, y, 0.0)


def add_known_error(graph: Graph, output: str, aim: str, known: str, loss: Huber | SquaredError) -> tuple[str, str]:
    """Error of an output [replicas, 1, targets], 0 where the target is not known, and the gradient."""
    error = graph.add("Where", known, graph.add("Sub", output, graph.cast(aim)), 0.0)
    return error, graph.add("Clip", error, -1.0, 1.0) if isinstance(loss, Huber) else error


def add_mean_blame(exact: Graph, error: str, known: str) -> Losses:
    """The mean of `add_blame` over the known targets."""
    e = exact.add("Abs", exact.cast(error))
    near, far = exact.add("Min", e, 1.0), exact.add("Min", e, MOST + 0.5)
    blame = exact.add("Mul", near, exact.add("Sub", far, exact.add("Mul", near, 0.5)))
    total = exact.add("Reshape", exact.add("ReduceSum", e, _TARGETS, keepdims=0), _ACROSS)
    finite = exact.add("LessOrEqual", total, _UNBOUNDED)
    return Losses(exact.add("Where", finite, _mean(exact, blame, known), WORST), finite, _any(exact, known))


def add_sigmoid_error(graph: Graph, p: str, truth: str, known: str) -> str:
    """The gradient at the logits of probabilities float64 [replicas, 1, labels]."""
    exact = graph.in_type(np.float64)
    return graph.cast(exact.add("Where", known, exact.add("Sub", p, truth), 0.0))


def add_mean_log_losses(exact: Graph, logits: str, truth: str, known: str) -> Losses:
    """The mean log loss of the known labels."""
    far = exact.add("Sub", exact.add("Relu", logits), exact.add("Mul", truth, logits))
    near = exact.add("Log", exact.add("Add", 1.0, exact.add("Exp", exact.add("Neg", exact.add("Abs", logits)))))
    loss = _mean(exact, exact.add("Where", known, exact.add("Add", far, near), 0.0), known)
    bounded = exact.add("Where", exact.add("Less", loss, WORST), loss, WORST)
    return Losses(bounded, exact.add("LessOrEqual", loss, _UNBOUNDED), _any(exact, known))


def _any(exact: Graph, known: str) -> str:
    """Whether any of the targets [1, targets] is known, bool [1]."""
    return exact.add("Greater", exact.add("ReduceSum", exact.cast(known), _TARGETS, keepdims=0), 0.0)


def _mean(exact: Graph, losses: str, known: str) -> str:
    """Of each replica the mean over the known targets [1, replicas]; what is not known has no loss."""
    total = exact.add("Reshape", exact.add("ReduceSum", losses, _TARGETS, keepdims=0), _ACROSS)
    return exact.add("Div", total, exact.add("Max", exact.add("ReduceSum", exact.cast(known), _TARGETS), 1.0))
