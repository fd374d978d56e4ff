"""What a file says about itself, in its `metadata_props`."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from streamnorm import __version__, names, strict_json

from .input_shape import checked
from .tasks import TASKS, Forecast, Task


@dataclass(frozen=True)
class Metadata:
    """What it takes to go from a dict to the file's input and from its output to a label.

    Parameters
    ----------
    task
        What is predicted, with the names of the outputs.
    features
        Names of the features: of the columns of the one input, or of a pipeline's inputs, in their order. Where a
        sample is an array, of its channels.
    absent
        For each feature the value that stands for an absent one. In one input that is its mean, or 0 without a
        standardiser; a task that masks gets NaN instead. Among the inputs of a pipeline it is None, which says NaN,
        for a number, and "" for a text. Of an array there is one for each channel, or one for each value, channel by
        channel.
    missing
        What None and NaN in a sample are: `"error"`, or `"mean"`, an absent feature.
    input_shape
        Of the array that a sample is, channels first; None where it is a dict of features.

    """

    task: Task
    features: list[Any]
    absent: list[float] | list[str | None]
    missing: str = "error"
    input_shape: tuple[int, ...] | None = None

    @property
    def by_name(self) -> bool:
        """Whether each feature is an input of its own."""
        return not any(isinstance(value, float) for value in self.absent)

    @property
    def texts(self) -> list[str]:
        """The features that are texts."""
        # Of an array there may be more values than channels, all of them numbers.
        return [name for name, absent in zip(self.features, self.absent, strict=False) if absent == ""]

    def to_props(self) -> dict[str, str]:
        """As JSON under string keys; raises TypeError for a feature name that JSON cannot tell from another."""
        return {
            "task": self.task.name,
            "features": json.dumps(names.to_json(self.features)),
            "absent": json.dumps(self.absent),
            self.task.key: json.dumps(self.task.to_json()),
            "missing": self.missing,
            **({"input_shape": json.dumps(self.input_shape)} if self.input_shape else {}),
            "streamnorm_version": __version__,
        }

    @classmethod
    def from_props(cls, props: Mapping[str, str]) -> Metadata:
        """Back from a file; raises ValueError for what `to_props` cannot have written."""
        if "streamnorm_version" not in props:
            raise ValueError("it was not written by streamnorm.export.to_onnx")
        forecasts = props.get("task") == Forecast.name
        if "learning" in props:
            raise ValueError(f"it goes on learning: open it with Edge{'Forecast' if forecasts else ''}Learner")
        if forecasts:
            raise ValueError("it is a forecaster's: open it with EdgeForecaster")
        try:
            if props["task"] not in TASKS:
                raise ValueError(f"its task is {props['task']!r:.60}")
            task = TASKS[props["task"]]
            named = task.from_json(strict_json.loads(props[task.key]))
            features = names.from_json(strict_json.loads(props["features"]))
            absent = strict_json.loads(props["absent"])
            shape = strict_json.loads(props["input_shape"]) if "input_shape" in props else None
        except KeyError as error:
            raise ValueError(f"its metadata lacks {error}") from None
        except TypeError as error:
            raise ValueError(str(error)) from None
        if not isinstance(absent, list):
            raise ValueError("its values for absent features are not a list")
        if not named.fan_out:
            raise ValueError(f"its metadata names no {task.key}")
        finite = all(isinstance(value, float) and math.isfinite(value) for value in absent)
        if shape is not None:
            shape = checked(shape, len(features))
            fits = finite and len(absent) in (shape[0], math.prod(shape))
        else:
            fits = len(absent) == len(features) and (finite or all(value in (None, "") for value in absent))
        if not fits:
            raise ValueError("its metadata does not give a value for each absent feature")
        missing = props.get("missing", "error")
        if missing not in ("error", "mean"):
            raise ValueError(f"in its metadata missing is {missing!r}")
        return cls(named, features, absent, missing, shape)
