"""Where the forward pass of a file that learns ends: what a task goes on from."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from streamnorm.learner import Learner
from streamnorm.losses import Huber, SquaredError
from streamnorm.standardizer import Standardizer

from .loss import Losses

if TYPE_CHECKING:
    from ..graph import Graph

# Adds nodes from an output to the loss's gradient at it, also in a graph inside the graph.
Gradient = Callable[["Graph", str], str]
# That, the gradient at the output of before the step, and the losses that a mixture weighs its replicas by.
Judgement = tuple[Gradient, str, Losses | None]


class Ends(NamedTuple):
    """The output of all replicas in a graph, and what it takes to judge it.

    Parameters
    ----------
    graph
        Takes the nodes, in the type of the parameters.
    output
        The output [replicas, 1, outputs]; of one network [1, outputs].
    replicas, fan_out
        How many there are.
    spare
        Whether some outputs have no name yet.
    learner
        Knows the loss, and the statistics of targets.
    h, present
        What the network gets [positions, channels], and which values the sample has.
    positions
        How many there are; features are one.
    there
        Whether the sample has its array, bool; None of features, of which nobody asks.

    """

    graph: Graph
    output: str
    replicas: int
    fan_out: int
    spare: bool
    learner: Learner
    h: str
    present: str
    positions: int
    there: str | None

    @property
    def exact(self) -> Graph:
        """The graph in float64."""
        return self.graph.in_type(np.float64)

    @property
    def alone(self) -> bool:
        return self.replicas == 1

    @property
    def target(self) -> Standardizer:
        assert self.learner.target is not None
        return self.learner.target

    @property
    def error_loss(self) -> Huber | SquaredError:
        assert isinstance(self.learner.loss, Huber | SquaredError)
        return self.learner.loss

    def row(self, values: str) -> str:
        """Values of all positions as [1, features]."""
        return values if self.positions == 1 else self.graph.add("Reshape", values, np.array([1, -1]))

    def mixed(self, predictions: str, output: str | None = None) -> str:
        """What the replicas say together [1, outputs], in float64."""
        if self.alone:
            return predictions
        rows = self.exact.add("Reshape", predictions, np.array([self.replicas, self.fan_out]))
        return self.exact.add("MatMul", "state.weights", rows, output=output)
