"""What a file that learns says about itself, in its `metadata_props`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from streamnorm import __version__, names, strict_json
from streamnorm.array_index import ArrayIndex
from streamnorm.features import FeatureIndex
from streamnorm.typing import Array

from ..input_shape import checked
from ..tasks import TASKS, Task


@dataclass(frozen=True)
class LearningMetadata:
    """What it takes to feed the graph, and to bring home what it has learned.

    Parameters
    ----------
    features
        Names of the features, in the order of the input's columns; of an array the channels.
    task
        What is learned, with the names of the outputs; those of spare ones are missing.
    state
        Names of the state's arrays: the graph takes `state.*` and gives `next.*`, in this order.
    estimator
        Name of the estimator's class.
    parameters
        The estimator's arguments.
    seed
        Seed of the initial weights.
    outputs
        How many outputs the network has, those of spare classes among them.

    """

    features: list[Any]
    task: Task
    state: list[str]
    estimator: str
    parameters: dict[str, Any]
    seed: int
    outputs: int

    @property
    def input_shape(self) -> tuple[int, ...] | None:
        """Of the array that a sample is, None where it is a dict of features."""
        shape = self.parameters.get("input_shape")
        return None if shape is None else checked(shape, len(self.features))

    @property
    def shape(self) -> tuple[int, ...]:
        """Of what a file takes of a sample: an array, or a value for each feature."""
        return self.input_shape or (len(self.features),)

    def index(self) -> ArrayIndex | FeatureIndex:
        """What reads samples."""
        missing = self.parameters.get("missing", "error")
        return ArrayIndex(self.input_shape, missing) if self.input_shape else FeatureIndex(self.features, missing)

    def check(self, arrays: Mapping[str, Array]) -> None:
        """Raise ValueError where the arrays of the file are not the state that this describes."""
        if {f"state.{name}" for name in self.state} != {name for name in arrays if name.startswith("state.")}:
            raise ValueError("its metadata does not name its state")
        if "classes" in self.state and arrays["state.classes"].tolist() != [self.task.fan_out]:
            raise ValueError("its state has met other classes than its metadata names: write all labels there")

    def to_props(self) -> dict[str, str]:
        """As JSON under string keys; raises TypeError for a feature name that JSON cannot tell from another."""
        description = {name: getattr(self, name) for name in ("estimator", "parameters", "seed", "outputs")}
        return {
            "task": self.task.name,
            "features": json.dumps(names.to_json(self.features)),
            self.task.key: json.dumps(self.task.to_json()),
            "state": json.dumps(self.state),
            "learning": json.dumps(description),
            "streamnorm_version": __version__,
        }

    @classmethod
    def from_props(cls, props: Mapping[str, str]) -> LearningMetadata:
        """Back from a file; raises ValueError for what `to_props` cannot have written."""
        if "streamnorm_version" not in props:
            raise ValueError("it was not written by streamnorm.export.to_onnx")
        if "learning" not in props:
            raise ValueError("it only predicts: write it with to_onnx(model, path, learn=True)")
        try:
            task = TASKS[props["task"]]
            about = cls(
                features=names.from_json(strict_json.loads(props["features"])),
                task=task.from_json(strict_json.loads(props[task.key])),
                state=strict_json.loads(props["state"]),
                **strict_json.loads(props["learning"]),
            )
            if not (isinstance(about.state, list) and all(isinstance(name, str) for name in about.state)):
                raise ValueError("its state is not a list of names")
            if about.task.fan_out > about.outputs:
                raise ValueError("it has more names than outputs")
            return about
        except (KeyError, TypeError) as error:
            raise ValueError(f"its metadata is damaged: {error}") from None
