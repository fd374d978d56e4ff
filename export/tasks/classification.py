from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from streamnorm.labels import Label, LabelIndex
from streamnorm.typing import Array

from .task import Described, Task

if TYPE_CHECKING:
    from ..graph import Graph
    from ..learning.ends import Ends, Judgement
    from ..prediction import Heads

# Of a spare class that has not been met: no chance at all.
_NO_LOGIT = float(np.finfo(np.float64).min)


class Classification(Task):
    """One of several classes: `label` [batch], `probabilities` [batch, classes]; learns from the index of the class."""

    name = "classification"
    key = "classes"
    one = "class"
    tensor = "probabilities"

    def __init__(self, names: Sequence[Label] = ()) -> None:
        self._labels = LabelIndex(names)

    @classmethod
    def from_json(cls, values: Any) -> Classification:
        labels = LabelIndex()
        for label in values:
            labels.add(labels.check(label))
        if labels.labels != values:
            raise ValueError("its classes are not a list of different labels")
        return cls(values)

    def to_json(self) -> list[Any]:
        return self.names

    @property
    def names(self) -> list[Label]:
        return list(self._labels.labels)

    def add_prediction(self, heads: Heads) -> Described:
        table = _table(self.names)
        probabilities = heads.add_probabilities("Softmax", axis=1)
        heads.graph.add("Gather", table, heads.graph.add("ArgMax", probabilities, axis=1, keepdims=0), output="label")
        return {
            "label": (table.dtype, ["batch"]),
            probabilities: (np.dtype(np.float32), ["batch", self.fan_out]),
        }

    def add_judgement(self, ends: Ends) -> Judgement:
        from ..learning.loss import add_cross_entropy, add_log_losses

        exact = ends.exact
        logits = before = exact.cast(ends.output)
        if ends.spare:
            # The class of the sample has its output from this step on; the prediction does not know of it yet.
            known = exact.add("Max", "state.classes", exact.add("Add", "y", np.array(1)), output="next.classes")
            before, logits = _masked(ends, exact, before, "state.classes"), _masked(ends, exact, logits, known)
        p = exact.add("Softmax", before, output="probabilities" if ends.alone else None, axis=-1)
        ends.mixed(p, output="probabilities")
        if ends.spare:
            p = exact.add("Softmax", logits, axis=-1)
        delta = add_cross_entropy(ends.graph, p, "y", ends.fan_out)

        def gradient(graph: Graph, output: str) -> str:
            exact = graph.in_type(np.float64)
            logits = exact.cast(output)
            if ends.spare:
                logits = _masked(ends, exact, logits, known)
            return add_cross_entropy(graph, exact.add("Softmax", logits, axis=-1), "y", ends.fan_out)

        return gradient, delta, None if ends.alone else add_log_losses(exact, logits, "y")

    def state(self, spare: int) -> dict[str, Array]:
        return {"classes": np.array([len(self._labels)])} if spare else {}

    def checkpoint(self) -> dict[str, Any]:
        return {"labels": self.names}

    def target(self, outputs: int) -> Array:
        return np.zeros(1, np.int64)

    def read(self, y: Any, outputs: int) -> tuple[int, list[Any]]:
        label = self._labels.check(y)
        output = self._labels.outputs.get(label)
        if output is not None:
            return output, []
        self.require_room([label], outputs)
        return len(self._labels), [label]

    def add(self, new: list[Label]) -> None:
        for label in new:
            self._labels.add(label)

    def predict_one(self, prediction: Array) -> Label | None:
        # Classes that have not been met come last, and have no chance.
        return self._labels.labels[int(prediction.argmax())] if len(self._labels) else None

    def predict_proba_one(self, prediction: Array) -> dict[Label, float]:
        p = prediction[: len(self._labels)].astype(np.float64)
        return dict(zip(self._labels.labels, (p / p.sum()).tolist(), strict=True))


def _table(classes: list[Label]) -> Array:
    if isinstance(classes[0], str):
        return np.array(classes, dtype=object)
    try:
        return np.array(classes, dtype=np.int64)
    except OverflowError:
        raise ValueError(f"a label in {classes} does not fit an int64: use a str instead") from None


def _masked(ends: Ends, exact: Graph, logits: str, known: str) -> str:
    """Logits of the classes that are known, and no chance for the others."""
    return exact.add("Where", exact.add("Less", np.arange(ends.fan_out), known), logits, _NO_LOGIT)
