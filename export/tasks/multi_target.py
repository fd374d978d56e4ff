from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from streamnorm.arguments import checked_value
from streamnorm.names import from_json
from streamnorm.typing import Array

from .several import Several
from .task import Described

if TYPE_CHECKING:
    from ..graph import Graph
    from ..learning.ends import Ends, Judgement
    from ..prediction import Heads


class MultiTarget(Several):
    """Several values at once: `values` [batch, targets]."""

    name = "multi-target regression"
    key = "targets"
    one = "target"
    tensor = "values"

    def __init__(self, names: Sequence[Any] = ()) -> None:
        super().__init__(checked_value, names)

    @classmethod
    def from_json(cls, values: Any) -> MultiTarget:
        return cls(from_json(values))

    def add_prediction(self, heads: Heads) -> Described:
        heads.add_values(output="values")
        return {"values": (np.dtype(np.float32), ["batch", self.fan_out])}

    def add_judgement(self, ends: Ends) -> Judgement:
        from ..learning.loss import add_known, add_known_error, add_mean_blame
        from ..learning.statistics import add_standardizer

        exact, loss = ends.exact, ends.error_loss
        known, y = add_known(exact, "y")
        aim, sd = add_standardizer(exact, y, known, "target.", ends.target)
        mixed = ends.mixed(exact.cast(ends.output))
        exact.add("Add", exact.add("Mul", mixed, sd), "state.target.mean", output="values")
        error, delta = add_known_error(ends.graph, ends.output, aim, known, loss)

        def gradient(graph: Graph, output: str) -> str:
            return add_known_error(graph, output, aim, known, loss)[1]

        return gradient, delta, None if ends.alone else add_mean_blame(exact, error, known)

    def predict_one(self, prediction: Array) -> dict[Any, float]:
        # Spare targets come last.
        return dict(zip(self._targets.names, prediction.tolist(), strict=False))
