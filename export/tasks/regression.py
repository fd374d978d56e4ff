from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from streamnorm.arguments import checked_target
from streamnorm.typing import Array

from .task import Described
from .unnamed import Unnamed

if TYPE_CHECKING:
    from ..graph import Graph
    from ..learning.ends import Ends, Judgement
    from ..prediction import Heads


class Regression(Unnamed):
    """One value: `value` [batch]; learns from a target [1]."""

    name = "regression"
    tensor = "value"

    def add_prediction(self, heads: Heads) -> Described:
        heads.graph.add("Squeeze", heads.add_values(), np.array([1]), output="value")
        return {"value": (np.dtype(np.float32), ["batch"])}

    def add_judgement(self, ends: Ends) -> Judgement:
        from ..learning.loss import add_blame, add_error
        from ..learning.statistics import add_standardizer

        exact, loss = ends.exact, ends.error_loss
        aim, sd = add_standardizer(exact, "y", None, "target.", ends.target)
        value = exact.add("Add", exact.add("Mul", ends.mixed(exact.cast(ends.output)), sd), "state.target.mean")
        exact.add("Reshape", value, np.array([1]), output="value")
        error, delta = add_error(ends.graph, ends.output, aim, loss)

        def gradient(graph: Graph, output: str) -> str:
            return add_error(graph, output, aim, loss)[1]

        return gradient, delta, None if ends.alone else add_blame(exact, error)

    def read(self, y: Any, outputs: int) -> tuple[float, list[Any]]:
        return checked_target(y), []

    def predict_one(self, prediction: Array) -> float:
        return float(prediction[0])
