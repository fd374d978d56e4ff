"""One step of the learner: predict, learn, weigh the replicas, count the sample."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from streamnorm.features import LIMIT
from streamnorm.learner import Learner
from streamnorm.losses import Huber, SquaredError
from streamnorm.mixture import Mixture
from streamnorm.standardizer import Standardizer

from ..graph import Graph
from .backward import add_backward
from .forward import Forward, add_forward
from .layout import Layout
from .loss import Losses, add_blame, add_cross_entropy, add_error, add_log_losses
from .mixture import add_mixture
from .products import Products, Single, Stacked
from .repeats import Repeats
from .statistics import add_standardizer
from .update import Update

# Of a spare class that has not been met: no chance at all.
_NO_LOGIT = float(np.finfo(np.float64).min)

# Adds nodes to a graph, from an output to the loss's gradient at it.
Gradient = Callable[[Graph, str], str]


class Step:
    """The order of `streamnorm.engines.stepwise`, for all replicas at once.

    The graph's inputs are `x` float32 [1, features], not a number where a feature is absent; `y` [1], the index of the
    class or the target; `weight` float64 [1]; and the state as `state.*`. It gives `probabilities` float64 [1, classes]
    or `value` float64 [1], as they were before the step, and the state as `next.*`.

    Parameters
    ----------
    graph
        Takes the nodes, in the type of the parameters.
    learner
        What learns.
    mixture
        Its replicas, with the outputs that the graph has.
    layout
        Of their flat parameters.
    activation
        Of the hidden layers.
    spare
        Whether some outputs belong to no class yet.

    """

    def __init__(
        self, graph: Graph, learner: Learner, mixture: Mixture, layout: Layout, activation: str, spare: bool
    ) -> None:
        self._graph = graph
        self._exact = graph.in_type(np.float64)
        self._learner = learner
        self._mixture = mixture
        self._layout = layout
        self._activation = activation
        self._spare = spare
        self._replicas = len(mixture.networks)
        # What stands before the names of the replicas' arrays after the step: a mixture may drop some of them yet.
        self._after = "next" if self._replicas == 1 else "stepped"
        self._products: Products = Single() if self._replicas == 1 else Stacked()

    def add(self) -> None:
        """All nodes of the step."""
        graph = self._graph
        h = self._input()
        forward = add_forward(graph, self._products, "state.theta", self._layout, self._activation, h)
        loss = self._learner.loss
        if isinstance(loss, Huber | SquaredError):
            gradient, delta, losses = self._valued(forward.output, loss)
        else:
            gradient, delta, losses = self._classified(forward.output)
        error = self._products.dot(graph, delta, delta)
        heavy = self._exact.add("Greater", "weight", 0.0)
        repeats = Repeats(self._products, gradient, forward.output, delta, error)
        update = Update(graph, self._products, self._mixture.optimizers, self._layout, self._after, repeats)
        gate = update.add(add_backward(graph, self._products, forward, delta), error, heavy)
        replicated = ["theta", "steps", *self._mixture.networks[0].slots]
        if forward.hidden:
            self._widen(forward, gate)
            replicated += ["low", "high"]
        if losses:
            source = add_mixture(self._exact, losses, "weight", heavy, self._replicas)
            for name in replicated:
                graph.add("Gather", f"stepped.{name}", source, axis=0, output=f"next.{name}")

    def _input(self) -> str:
        scaler = self._learner.standardizer
        single = self._graph.in_type(np.float32)
        # Neither infinite nor not a number.
        present = single.add("LessOrEqual", single.add("Abs", "x"), LIMIT)
        if isinstance(scaler, Standardizer):
            h, _ = add_standardizer(self._exact, self._exact.cast("x"), present, "", scaler)
            h = self._exact.cast(h, np.float32)
        else:
            h = single.add("Clip", single.add("Where", present, "x", 0.0), -scaler.clip, scaler.clip)
        return h if self._graph.dtype == np.float32 else self._graph.cast(h)

    def _classified(self, output: str) -> tuple[Gradient, str, Losses | None]:
        exact, alone = self._exact, self._replicas == 1
        logits = before = exact.cast(output)
        if self._spare:
            # The class of the sample has its output from this step on; the prediction does not know of it yet.
            known = exact.add("Max", "state.classes", exact.add("Add", "y", np.array(1)), output="next.classes")
            before, logits = self._masked(exact, before, "state.classes"), self._masked(exact, logits, known)
        p = exact.add("Softmax", before, output="probabilities" if alone else None, axis=-1)
        if not alone:
            self._mixed(p, output="probabilities")
        if self._spare:
            p = exact.add("Softmax", logits, axis=-1)
        delta = add_cross_entropy(self._graph, p, "y", self._mixture.fan_out)

        def gradient(graph: Graph, output: str) -> str:
            exact = graph.in_type(np.float64)
            logits = exact.cast(output)
            if self._spare:
                logits = self._masked(exact, logits, known)
            return add_cross_entropy(graph, exact.add("Softmax", logits, axis=-1), "y", self._mixture.fan_out)

        return gradient, delta, None if alone else add_log_losses(exact, logits, "y")

    def _masked(self, exact: Graph, logits: str, known: str) -> str:
        """Logits of the classes that are known, and no chance for the others."""
        is_known = exact.add("Less", np.arange(self._mixture.fan_out), known)
        return exact.add("Where", is_known, logits, _NO_LOGIT)

    def _valued(self, output: str, loss: Huber | SquaredError) -> tuple[Gradient, str, Losses | None]:
        exact = self._exact
        assert self._learner.target is not None
        aim, sd = add_standardizer(exact, "y", None, "target.", self._learner.target)
        mixed = exact.cast(output) if self._replicas == 1 else self._mixed(exact.cast(output))
        value = exact.add("Add", exact.add("Mul", mixed, sd), "state.target.mean")
        exact.add("Reshape", value, np.array([1]), output="value")
        error, delta = add_error(self._graph, output, aim, loss)

        def gradient(graph: Graph, output: str) -> str:
            return add_error(graph, output, aim, loss)[1]

        return gradient, delta, add_blame(exact, error) if self._replicas > 1 else None

    def _mixed(self, predictions: str, output: str | None = None) -> str:
        """What the replicas say together [1, outputs]."""
        rows = self._exact.add("Reshape", predictions, np.array([self._replicas, self._mixture.fan_out]))
        return self._exact.add("MatMul", "state.weights", rows, output=output)

    def _widen(self, forward: Forward, gate: str) -> None:
        """The reach of the hidden units, which includes 0."""
        graph = self._graph
        z = graph.add("Concat", *(layer.z for layer in forward.hidden), axis=-1)
        z = graph.add("Where", gate, z, 0.0)
        graph.add("Min", "state.low", z, output=f"{self._after}.low")
        graph.add("Max", "state.high", z, output=f"{self._after}.high")
