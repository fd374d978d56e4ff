"""What learns on the device: NumPy and onnxruntime, nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from streamnorm import files
from streamnorm.arguments import checked_target, checked_weight
from streamnorm.features import FeatureIndex
from streamnorm.labels import Label, LabelIndex
from streamnorm.typing import Array

from . import seal, wire
from .learning.metadata import LearningMetadata
from .learning_session import LearningSession


class EdgeLearner:
    """Learns and predicts with a file of `to_onnx(model, path, learn=True)`, as the model itself would.

    What is learned stays in memory until `save` writes it back into a file of the same form. Features that the file
    does not know are ignored, though they must be numbers as well; a known feature that is absent counts as its mean. A
    class that the model has not met takes one of the `spare_classes` that were reserved at export. An object serves one
    thread.

    Parameters
    ----------
    path
        The file.

    Attributes
    ----------
    task
        `"classification"` or `"regression"`.
    features_
        The features in the order of the file's input.
    classes_
        The labels met so far, in the order of the file's probabilities; empty for regression.

    Raises
    ------
    FileNotFoundError
        Where there is no such file.
    ValueError
        For a file that was changed or damaged since its export or its last `save`, or not written by `to_onnx` with
        `learn=True`; for a value in a sample that is
        not finite; for a new class with no spare one left.
    TypeError
        For a value in a sample that is not a number, or a label that is not like those before.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from river import datasets, metrics
    >>> from streamnorm import NormPropClassifier
    >>> from streamnorm.export import EdgeLearner, to_onnx
    >>> model = NormPropClassifier(seed=42)
    >>> for x, y in datasets.Phishing().take(100):
    ...     model.learn_one(x, y)
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     path = pathlib.Path(directory, "phishing.onnx")
    ...     proto = to_onnx(model, path, learn=True)
    ...     device = EdgeLearner(path)
    >>> accuracy = metrics.Accuracy()
    >>> for x, y in datasets.Phishing():
    ...     accuracy.update(y, device.predict_one(x))
    ...     device.learn_one(x, y)
    >>> accuracy
    Accuracy: 90.40%

    """

    _supervised = True  # River asks the last step of a pipeline.

    def __init__(self, path: str | Path) -> None:
        try:
            self._content = seal.read(path)
            about = LearningMetadata.from_props(wire.metadata(self._content))
            self._session = LearningSession(self._content, about)
        except OSError:
            raise
        except Exception as error:  # onnxruntime's errors have nothing else in common.
            raise ValueError(f"{path} is damaged, or not a file that learns: {error}") from error
        self._features = FeatureIndex(about.features, about.parameters.get("missing", "error"))
        self._labels = None if about.classes is None else LabelIndex(about.classes)

    @property
    def task(self) -> str:
        return "regression" if self._labels is None else "classification"

    @property
    def features_(self) -> list[Any]:
        return list(self._features.names)

    @property
    def classes_(self) -> list[Label]:
        return list(self._labels.labels) if self._labels else []

    def learn_one(self, x: Mapping[Any, Any], y: Any, w: float = 1.0) -> None:
        """One step of gradient descent on one sample.

        Parameters
        ----------
        x
            A dictionary of features, every value a finite number.
        y
            The label, or the target.
        w
            How many samples this one stands for, 0 or more; more than 100 count as 100. One step goes about as far as
            they all would, and no further than to the target. Statistics count the sample once.

        """
        target = checked_target(y) if self._labels is None else self._output(self._labels, y)
        weight = checked_weight(w)
        self._read(x)
        self._session.y[0] = target
        self._session.weight[0] = weight
        self._session.learn()
        if self._labels is not None and target == len(self._labels):
            self._labels.add(self._labels.check(y))

    def predict_one(self, x: Mapping[Any, Any]) -> Label | float | None:
        """The label, in the type it had in the stream, None before the first; or the value.

        Parameters
        ----------
        x
            A dictionary of features, every value a finite number.

        """
        prediction = self._predicted(x)
        if self._labels is None:
            return float(prediction[0])
        return self._labels.labels[int(prediction[0].argmax())] if len(self._labels) else None

    def predict_proba_one(self, x: Mapping[Any, Any]) -> dict[Label, float]:
        """Probability of each class met so far; empty before the first.

        Parameters
        ----------
        x
            A dictionary of features, every value a finite number.

        Raises
        ------
        NotImplementedError
            For a regression.

        """
        if self._labels is None:
            raise NotImplementedError("a regression has no probabilities: use predict_one")
        # Classes that have not been met come last.
        return dict(zip(self._labels.labels, self._predicted(x)[0].tolist(), strict=False))

    def save(self, path: str | Path) -> None:
        """Write what has been learned into a complete file of the same form, from which learning goes on bit for bit.

        Parameters
        ----------
        path
            Where to, replaced in one step; the file that was read, if one likes.

        Raises
        ------
        OSError
            Where the file cannot be written. The old one, if there is one, stays as it was.

        """
        content = bytearray(seal.unsealed(self._content))
        defaults = wire.initializers(content)
        for name, array in self._session.state.items():
            defaults[name][...] = array
        files.replace(path, seal.sealed(wire.with_metadata(content, "classes", json.dumps(self.classes_))))

    def _output(self, labels: LabelIndex, y: Any) -> int:
        """The output of a label, the next spare one if it is new; nothing is kept yet."""
        label = labels.check(y)
        output = labels.outputs.get(label)
        if output is not None:
            return output
        if len(labels) == self._session.prediction.shape[1]:
            known = ", ".join(map(repr, labels.labels))
            raise ValueError(
                f"class {label!r} is new, and the file has no room for it beside {known}. Reserve some when it is "
                "written: to_onnx(model, path, learn=True, spare_classes=...)"
            )
        return len(labels)

    def _read(self, x: Mapping[Any, Any]) -> None:
        values, present, _ = self._features.read(x)
        self._session.x[0] = values if present is None else np.where(present, values, np.nan)

    def _predicted(self, x: Mapping[Any, Any]) -> Array:
        self._read(x)
        self._session.predict()
        return self._session.prediction
