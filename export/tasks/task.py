"""What every task says of itself."""

from __future__ import annotations

import abc
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from streamnorm.typing import Array

if TYPE_CHECKING:
    from ..learning.ends import Ends, Judgement
    from ..prediction import Heads

# Of each output of a graph its type and its shape.
Described = dict[str, tuple[np.dtype[Any], Sequence[str | int]]]


class Task(abc.ABC):
    """How the outputs of one kind of estimator look: in a file that predicts, in one that learns, and in Python.

    Parameters
    ----------
    names
        Of the outputs, in their order; none where there is but one output, which has no name.

    Attributes
    ----------
    name
        Of the task, in the metadata of a file.
    key
        Where the metadata lists the names.
    one
        What has a name, in errors; empty where nothing has.
    tensor
        What a file's prediction is called.
    masks
        Whether an absent feature is told from one at its mean: it then is NaN in the input of a file.

    """

    name: ClassVar[str]
    key: ClassVar[str]
    one: ClassVar[str]
    tensor: ClassVar[str]
    masks: ClassVar[bool] = False

    @abc.abstractmethod
    def __init__(self, names: Sequence[Any] = ()) -> None: ...

    @classmethod
    @abc.abstractmethod
    def from_json(cls, values: Any) -> Task:
        """From the names in the metadata; raises ValueError for what `to_json` cannot have given."""

    @abc.abstractmethod
    def to_json(self) -> list[Any]:
        """The names for the metadata."""

    @property
    @abc.abstractmethod
    def names(self) -> list[Any]: ...

    @property
    def fan_out(self) -> int:
        """How many outputs are in use."""
        return len(self.names)

    @abc.abstractmethod
    def add_prediction(self, heads: Heads) -> Described:
        """Nodes behind the networks of a file that predicts; its outputs."""

    @abc.abstractmethod
    def add_judgement(self, ends: Ends) -> Judgement:
        """Nodes behind the networks of a file that learns: its prediction, and what is wrong with it."""

    def state(self, spare: int) -> dict[str, Array]:
        """What the state of a file that learns has besides, with so many spare outputs."""
        return {}

    @abc.abstractmethod
    def checkpoint(self) -> dict[str, Any]:
        """What a checkpoint's state has besides."""

    def prediction(self, outputs: int) -> Array:
        """An array as a file predicts one for a sample."""
        return np.zeros((1, outputs))

    @abc.abstractmethod
    def target(self, outputs: int) -> Array:
        """An array as a file that learns takes a target."""

    @abc.abstractmethod
    def read(self, y: Any, outputs: int) -> tuple[Any, list[Any]]:
        """What goes into such an array for a target, and its new names. Raises where that cannot be; keeps nothing."""

    @abc.abstractmethod
    def add(self, new: list[Any]) -> None:
        """Give new names the next outputs."""

    def require_room(self, new: list[Any], outputs: int) -> None:
        """Raise ValueError where a file has no outputs left for new names."""
        if self.fan_out + len(new) > outputs:
            raise ValueError(
                f"{self.one} {new[outputs - self.fan_out]!r} is new, and the file has no room for it beside "
                f"{', '.join(map(repr, self.names))}. Reserve some when it is written: "
                "to_onnx(model, path, learn=True, spare_classes=...)"
            )

    @abc.abstractmethod
    def predict_one(self, prediction: Array) -> Any:
        """What `predict_one` of the estimator says, of the numbers that a file predicts."""

    def predict_proba_one(self, prediction: Array) -> dict[Any, Any]:
        """What `predict_proba_one` of the estimator says."""
        raise NotImplementedError(f"a {self.name} has no probabilities: use predict_one")

    def score_one(self, prediction: Array) -> float:
        """What `score_one` of the estimator says."""
        raise NotImplementedError(f"a {self.name} has no score: use predict_one")
