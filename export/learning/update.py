"""The optimisers, the implicit rate, and the gate in front of them."""

from __future__ import annotations

import math

import numpy as np

from streamnorm.optim import SGD, Adam, Optimizer, RMSprop

from ..graph import Graph
from .backward import Backward
from .layout import Layout
from .momentum import add_repeated_momentum
from .products import Products
from .repeats import Repeats


class Update:
    r"""Takes all replicas one step on: $\theta \leftarrow \theta - \eta / (1 + \eta D / 2 |\delta|^2) P G$.

    Without an error, or where the gradient is not finite, the gate is shut: nothing changes. State decays at every
    step; that of an idle unit, whose gradient is 0, therefore as well, with the same result as when it wakes.

    Parameters
    ----------
    graph
        Takes the nodes, in the type of the parameters.
    products
        Of one network, or of several.
    optimizers
        Of each replica.
    layout
        Of the flat parameters.
    after
        What stands before the names of the results.
    repeats
        Say how far a step goes where a sample stands for several.

    """

    def __init__(
        self,
        graph: Graph,
        products: Products,
        optimizers: tuple[Optimizer, ...],
        layout: Layout,
        after: str,
        repeats: Repeats,
    ) -> None:
        rank = 1 if len(optimizers) == 1 else 2
        self._graph = graph
        self._products = products
        self._exact = graph.in_type(np.float64)
        self._optimizer = optimizers[0]
        self._rates = np.array([optimizer.learning_rate for optimizer in optimizers]).reshape(-1, *[1] * rank)
        self._layout = layout
        self._after = after
        self._repeats = repeats

    def add(self, backward: Backward, error: str, heavy: str) -> str:
        """Nodes from the gradient to the next parameters; names the gate, bool [replicas, 1, 1].

        Parameters
        ----------
        backward
            The gradient.
        error
            $|\\delta|^2$.
        heavy
            Whether the weight of the sample is above 0, bool [1].

        """
        graph, gradient = self._graph, backward.gradient
        total = self._products.dot(graph, gradient, gradient)
        gain = graph.add("Div", total, error)  # Without an error 0 / 0, which is not finite either.
        gate = graph.add("And", graph.add("LessOrEqual", gain, float(np.finfo(graph.dtype).max)), heavy)
        one = graph.cast(gate, np.int64)
        graph.add("Add", "state.steps", one, output=f"{self._after}.steps")
        gradient = graph.add("Where", gate, gradient, 0.0)
        match self._optimizer:
            case SGD():
                direction = gradient
            case RMSprop() as optimizer:
                direction, promised = self._rmsprop(optimizer, gradient, gate)
                gain = graph.add("Div", promised, error)
            case Adam() as optimizer:
                direction, promised = self._adam(optimizer, gradient, backward.errors, gate)
                gain = graph.add("Div", promised, error)
        # eta / (1 + eta gain / 2) as 2 / (2 / eta + gain).
        rate = graph.add("Div", 2.0, graph.add("Add", gain, 2.0 / self._rates))
        rate = graph.add("Where", gate, self._repeats.add(graph, rate, gain), 0.0)
        self._products.descend(graph, "state.theta", rate, direction, output=f"{self._after}.theta")
        return gate

    def _rmsprop(self, optimizer: RMSprop, gradient: str, gate: str) -> tuple[str, str]:
        graph = self._graph
        v = self._mean("v", optimizer.decay, graph.add("Mul", gradient, gradient), gate, f"{self._after}.v")
        direction = graph.add("Div", gradient, graph.add("Add", graph.add("Sqrt", v), optimizer.eps))
        return direction, self._products.dot(graph, gradient, direction)

    def _adam(self, optimizer: Adam, gradient: str, errors: list[str], gate: str) -> tuple[str, str]:
        graph = self._graph
        m = self._mean("m", optimizer.beta_1, gradient, gate)
        v = self._mean("v", optimizer.beta_2, graph.add("Mul", gradient, gradient), gate, f"{self._after}.v")
        spread = graph.add("Div", graph.add("Sqrt", v), self._bias(optimizer.beta_2, root=True))
        scale = graph.add("Add", spread, optimizer.eps)
        promised = self._products.dot(graph, gradient, graph.add("Div", gradient, scale))
        bias, awake = self._bias(optimizer.beta_1, root=False), self._awake(errors)
        m = add_repeated_momentum(graph, optimizer, m, gradient, bias, awake, gate, output=f"{self._after}.m")
        return graph.add("Mul", graph.add("Div", graph.add("Div", m, bias), scale), awake), promised

    def _awake(self, errors: list[str]) -> str:
        """For each parameter 1, or 0 where its unit has no error: it stays where it is, momentum or not."""
        graph, pieces = self._graph, []
        for error, (positions, shapes) in zip(errors, self._layout.learned, strict=True):
            if positions > 1:  # A unit is idle if it has no error at any of them.
                error = graph.add("ReduceMax", graph.add("Abs", error), axes=[-2])
            unit = graph.cast(graph.cast(error, np.bool_))
            of_weights = graph.add("Mul", np.ones((shapes["W"][1], 1)), unit)
            pieces += [self._products.flat(graph, of_weights), *[unit] * (len(shapes) - 1)]
        return graph.add("Concat", *pieces, axis=-1)

    def _mean(self, slot: str, decay: float, value: str, gate: str, output: str | None = None) -> str:
        """A running mean, which decays only where the gate is open."""
        graph = self._graph
        kept = graph.add("Mul", f"state.{slot}", graph.add("Where", gate, decay, 1.0))
        return graph.add("Add", kept, graph.add("Mul", value, 1.0 - decay), output=output)

    def _bias(self, decay: float, root: bool) -> str:
        """What is missing from a running mean that started at zero, 1 - decay^t, or its root."""
        exact = self._exact
        t = exact.add("Add", exact.cast("state.steps"), 1.0)
        bias = exact.add("Sub", 1.0, exact.add("Exp", exact.add("Mul", t, math.log(decay))))
        if root:
            bias = exact.add("Sqrt", bias)
        return self._graph.cast(bias)
