from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from streamnorm.typing import Array

from .task import Described
from .unnamed import Unnamed

if TYPE_CHECKING:
    from ..graph import Graph
    from ..learning.ends import Ends, Judgement
    from ..prediction import Heads


class Anomaly(Unnamed):
    """How rare a sample is: `score` [batch]. Learns from the sample alone, and does not look at `y` [1]."""

    name = "anomaly detection"
    tensor = "score"
    masks = True

    def add_prediction(self, heads: Heads) -> Described:
        from ..score import add_score, add_surprise

        graph, exact = heads.graph, heads.graph.in_type(np.float64)
        h = exact.cast(heads.flat(heads.h))
        errors = exact.add("Sub", exact.cast(heads.add_outputs()), h)
        statistics = heads.arrays
        present = heads.flat(graph.add("Not", graph.add("IsNaN", "x")))
        value = add_surprise(exact, errors, h, present, statistics["errors.mean"], statistics["errors.variance"])
        score, _ = add_score(exact, value, exact.constant(statistics["tail.counts"]))
        graph.cast(score, np.float32, output="score")
        return {"score": (np.dtype(np.float32), ["batch"])}

    def add_judgement(self, ends: Ends) -> Judgement:
        from streamnorm.losses import Huber
        from streamnorm.surprise import Surprise

        from ..learning.loss import add_known_error, add_mean_blame
        from ..learning.statistics import add_standardizer
        from ..score import add_memory, add_score, add_surprise

        exact, loss = ends.exact, Huber()
        aim, present = exact.cast(ends.row(ends.h)), ends.row(ends.present)
        errors = exact.add("Sub", ends.mixed(exact.cast(ends.output)), aim)
        add_standardizer(exact, errors, present, "errors.", Surprise().errors)
        value = add_surprise(exact, errors, aim, present, "state.errors.mean", "state.errors.variance")
        score, below = add_score(exact, value, "state.tail.counts")
        exact.add("Reshape", score, np.array([1]), output="score")
        add_memory(exact, below, ends.there)
        error, delta = add_known_error(ends.graph, ends.output, aim, present, loss)

        def gradient(graph: Graph, output: str) -> str:
            return add_known_error(graph, output, aim, present, loss)[1]

        return gradient, delta, None if ends.alone else add_mean_blame(exact, error, present)

    def read(self, y: Any, outputs: int) -> tuple[float, list[Any]]:
        return 0.0, []

    def predict_one(self, prediction: Array) -> Any:
        raise NotImplementedError("an anomaly detector predicts nothing: use score_one")

    def predict_proba_one(self, prediction: Array) -> dict[Any, Any]:
        raise NotImplementedError("an anomaly detector has no probabilities: use score_one")

    def score_one(self, prediction: Array) -> float:
        return float(prediction[0])
