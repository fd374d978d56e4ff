from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from streamnorm.arguments import checked_truth
from streamnorm.names import from_json
from streamnorm.typing import Array

from .several import Several
from .task import Described

if TYPE_CHECKING:
    from ..graph import Graph
    from ..learning.ends import Ends, Judgement
    from ..prediction import Heads


class MultiLabel(Several):
    """Labels that each apply or not: `label` int64 [batch, labels] of 0 and 1, `probabilities` [batch, labels]."""

    name = "multi-label classification"
    key = "labels"
    one = "label"
    tensor = "probabilities"

    def __init__(self, names: Sequence[Any] = ()) -> None:
        super().__init__(checked_truth, names)

    @classmethod
    def from_json(cls, values: Any) -> MultiLabel:
        return cls(from_json(values))

    def add_prediction(self, heads: Heads) -> Described:
        probabilities = heads.add_probabilities("Sigmoid")
        heads.graph.cast(heads.graph.add("Greater", probabilities, 0.5), np.int64, output="label")
        shape: list[str | int] = ["batch", self.fan_out]
        return {"label": (np.dtype(np.int64), shape), probabilities: (np.dtype(np.float32), shape)}

    def add_judgement(self, ends: Ends) -> Judgement:
        from ..learning.loss import add_known, add_mean_log_losses, add_sigmoid_error

        exact = ends.exact
        known, truth = add_known(exact, "y")
        p = exact.add("Sigmoid", exact.cast(ends.output), output="probabilities" if ends.alone else None)
        ends.mixed(p, output="probabilities")
        delta = add_sigmoid_error(ends.graph, p, truth, known)

        def gradient(graph: Graph, output: str) -> str:
            exact = graph.in_type(np.float64)
            return add_sigmoid_error(graph, exact.add("Sigmoid", exact.cast(output)), truth, known)

        losses = None if ends.alone else add_mean_log_losses(exact, exact.cast(ends.output), truth, known)
        return gradient, delta, losses

    def predict_one(self, prediction: Array) -> dict[Any, bool]:
        return {label: p > 0.5 for label, p in zip(self._targets.names, prediction.tolist(), strict=False)}

    def predict_proba_one(self, prediction: Array) -> dict[Any, dict[bool, float]]:
        # Spare labels come last.
        probabilities = zip(self._targets.names, prediction.tolist(), strict=False)
        return {label: {False: 1.0 - p, True: p} for label, p in probabilities}
