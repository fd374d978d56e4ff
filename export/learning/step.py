"""One step of the learner: predict, learn, weigh the replicas, count the sample."""

from __future__ import annotations

import numpy as np

from streamnorm.features import LIMIT
from streamnorm.learner import Learner
from streamnorm.mixture import Mixture
from streamnorm.standardizer import Standardizer

from ..graph import Graph
from ..tasks import Task
from .backward import add_backward
from .ends import Ends
from .forward import Forward, add_forward
from .layout import Layout
from .mixture import add_mixture
from .products import Products, Single, Stacked
from .repeats import Repeats
from .statistics import add_standardizer
from .units import Units
from .update import Update


class Step:
    """The order of `streamnorm.engines.stepwise`, for all replicas at once.

    The graph's inputs are `x` float32 [1, features], or [1, channels, steps] or [1, channels, height, width], not a
    number where a value is absent; `y` and what is predicted of before the step as `streamnorm.export.tasks` has them;
    `weight` float64 [1]; and the state as `state.*`, which it gives as `next.*`.

    Parameters
    ----------
    graph
        Takes the nodes, in the type of the parameters.
    task
        What it learns.
    learner
        What learns.
    mixture
        Its replicas, with the outputs that the graph has.
    layout
        Of their flat parameters.
    spare
        Whether some outputs have no name yet.
    shape
        Of the array that a sample is, None where it is a row of features.

    """

    def __init__(
        self,
        graph: Graph,
        task: Task,
        learner: Learner,
        mixture: Mixture,
        layout: Layout,
        spare: bool,
        shape: tuple[int, ...] | None,
    ) -> None:
        self._graph = graph
        self._exact = graph.in_type(np.float64)
        self._task = task
        self._learner = learner
        self._mixture = mixture
        self._layout = layout
        self._spare = spare
        self._shape = shape
        self._replicas = len(mixture.networks)
        # What stands before the names of the replicas' arrays after the step: a mixture may drop some of them yet.
        self._after = "next" if self._replicas == 1 else "stepped"
        self._products: Products = Single() if self._replicas == 1 else Stacked()

    def add(self) -> None:
        """All nodes of the step."""
        graph = self._graph
        h, present = self._input()
        there = self._there(present)
        positions, channels = self._layout.inputs[0]
        rows = h if self._shape is None else self._products.shaped(graph, h, positions, channels)
        forward = add_forward(graph, self._products, "state.theta", self._layout, rows)
        ends = Ends(
            graph,
            forward.output,
            self._replicas,
            self._mixture.fan_out,
            self._spare,
            self._learner,
            h,
            present,
            positions,
            there,
        )
        gradient, delta, losses = self._task.add_judgement(ends)
        error = self._products.dot(graph, delta, delta)
        heavy = self._exact.add("Greater", "weight", 0.0)
        if there:  # Without an array there is nothing to learn.
            heavy = self._exact.add("And", heavy, there)
        repeats = Repeats(self._products, gradient, forward.output, delta, error)
        update = Update(graph, self._products, self._mixture.optimizers, self._layout, self._after, repeats)
        gate = update.add(add_backward(graph, self._products, forward, delta), error, heavy)
        replicated = ["theta", "steps", *self._mixture.networks[0].slots]
        if forward.units:
            self._widen(forward, gate)
            replicated += ["low", "high"]
        if losses:
            told = self._exact.add("And", heavy, losses.told) if losses.told else heavy
            source = add_mixture(self._exact, losses, "weight", told, self._replicas)
            for name in replicated:
                graph.add("Gather", f"stepped.{name}", source, axis=0, output=f"next.{name}")

    def _input(self) -> tuple[str, str]:
        scaler = self._learner.standardizer
        single = self._graph.in_type(np.float32)
        x = "x" if self._shape is None else self._rows(single, self._shape)
        # Neither infinite nor not a number.
        present = single.add("LessOrEqual", single.add("Abs", x), LIMIT)
        if isinstance(scaler, Standardizer):
            h, _ = add_standardizer(self._exact, self._exact.cast(x), present, "", scaler)
            h = self._exact.cast(h, np.float32)
        else:
            h = single.add("Clip", single.add("Where", present, x, 0.0), -scaler.clip, scaler.clip)
        return (h if self._graph.dtype == np.float32 else self._graph.cast(h)), present

    def _rows(self, single: Graph, shape: tuple[int, ...]) -> str:
        """An array as the first layer takes it, a row for each position; channels come last from here on."""
        last = single.add("Transpose", "x", perm=[0, *range(2, len(shape) + 1), 1])
        return single.add("Reshape", last, np.array(self._layout.inputs[0]))

    def _there(self, present: str) -> str | None:
        """Whether there is an array, bool; of a row of features nobody asks."""
        if self._shape is None:
            return None
        return self._exact.add("Greater", self._exact.add("ReduceSum", self._exact.cast(present), keepdims=0), 0.0)

    def _widen(self, forward: Forward, gate: str) -> None:
        """The reach of the hidden units, which includes 0."""
        graph = self._graph
        lows = [_over_positions(graph, "ReduceMin", units) for units in forward.units]
        highs = [_over_positions(graph, "ReduceMax", units) for units in forward.units]
        low = high = graph.add("Where", gate, graph.add("Concat", *lows, axis=-1), 0.0)
        if highs != lows:
            high = graph.add("Where", gate, graph.add("Concat", *highs, axis=-1), 0.0)
        graph.add("Min", "state.low", low, output=f"{self._after}.low")
        graph.add("Max", "state.high", high, output=f"{self._after}.high")


def _over_positions(graph: Graph, op: str, units: Units) -> str:
    """The least or the largest z of each unit, a row."""
    return units.z if units.positions == 1 else graph.add(op, units.z, axes=[-2])
